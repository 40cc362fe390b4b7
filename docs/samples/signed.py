# python3 signed.py（只用标准库）
import base64
import hashlib
import hmac
import json
import time
import uuid
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

address = "http://127.0.0.1:8080"
app_key = "YOUR_APPKEY"
app_secret = "YOUR_APPSECRET"
name = "李三"
number = "11010519491231002X"

# urllib 把请求头的名字写成 X-ca-key 的样子；签名里的名字只须与 X-Ca-Signature-Headers 一致。
signed = {
    "x-ca-key": app_key,
    "x-ca-nonce": str(uuid.uuid4()),
    "x-ca-timestamp": str(int(time.time() * 1000)),
}
text = "GET\napplication/json\n\n\n\n"  # 空行是 Content-MD5、Content-Type、Date
text += "".join(f"{key}:{value}\n" for key, value in signed.items())
text += f"/idcard?sfz={number}&xm={name}"  # 参数按名排序，不编码
signature = base64.b64encode(hmac.digest(app_secret.encode(), text.encode(), hashlib.sha256))

request = Request(
    address + "/idcard?" + urlencode({"xm": name, "sfz": number}),
    headers={
        **signed,
        "Accept": "application/json",
        "X-Ca-Signature-Headers": ",".join(signed),
        "X-Ca-Signature": signature.decode(),
    },
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
