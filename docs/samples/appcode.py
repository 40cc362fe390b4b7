# python3 appcode.py（只用标准库）
import json
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

address = "http://127.0.0.1:8080"
app_code = "YOUR_APPCODE"
name = "李三"
number = "11010519491231002X"

request = Request(
    address + "/idcard?" + urlencode({"xm": name, "sfz": number}),
    headers={"Authorization": "APPCODE " + app_code},
)
try:
    response = urlopen(request, timeout=5)
except HTTPError as error:  # 200 以外都在这里；它也是一个可读的响应
    response = error
with response:
    if response.status == 200:  # 有结果，计费
        verdict = json.load(response)
        print(200, verdict["msg"], f"match={verdict['match']}")
    elif response.status == 666:  # 没有结果，不计费
        print(666, json.load(response)["msg"])
    else:  # 网关拒绝，不计费
        print(response.status, response.headers.get("X-Ca-Error-Message"))
