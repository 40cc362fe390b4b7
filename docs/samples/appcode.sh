#!/usr/bin/env bash
# bash appcode.sh（curl 7.84 起）
set -euo pipefail
address='http://127.0.0.1:8080'
app_code='YOUR_APPCODE'
name='李三'
number='11010519491231002X'

# AppCode 从标准输入交给 curl，不出现在进程列表里。
curl -sS -G --max-time 5 -H @- --data-urlencode "xm=$name" --data-urlencode "sfz=$number" \
  -w '\n%{http_code} %header{x-ca-error-message}\n' "$address/idcard" <<<"Authorization: APPCODE $app_code"
# 200：有结果，计费。666：没有结果，不计费，原因在正文的 msg。其他：网关拒绝，原因在 X-Ca-Error-Message。
