#!/usr/bin/env bash
# bash signed.sh（curl 7.84 起，openssl）
set -euo pipefail
address='http://127.0.0.1:8080'
app_key='YOUR_APPKEY'
app_secret='YOUR_APPSECRET'
name='李三'
number='11010519491231002X'

timestamp=$(date +%s)000
nonce=$(openssl rand -hex 16)
# 参数按名排序，不编码；空行是 Content-MD5、Content-Type、Date。
text="GET
application/json



x-ca-key:$app_key
x-ca-nonce:$nonce
x-ca-timestamp:$timestamp
/idcard?sfz=$number&xm=$name"
signature=$(printf '%s' "$text" | openssl dgst -sha256 -hmac "$app_secret" -binary | base64)

curl -sS -G --max-time 5 -H 'Accept: application/json' \
  -H "X-Ca-Key: $app_key" -H "X-Ca-Nonce: $nonce" -H "X-Ca-Timestamp: $timestamp" \
  -H 'X-Ca-Signature-Headers: x-ca-key,x-ca-nonce,x-ca-timestamp' -H "X-Ca-Signature: $signature" \
  --data-urlencode "xm=$name" --data-urlencode "sfz=$number" \
  -w '\n%{http_code} %header{x-ca-error-message}\n' "$address/idcard"
# 200：有结果，计费。666：没有结果，不计费，原因在正文的 msg。其他：网关拒绝，原因在 X-Ca-Error-Message。
