// go run signed.go
package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"time"
)

const (
	address   = "http://127.0.0.1:8080"
	appKey    = "YOUR_APPKEY"
	appSecret = "YOUR_APPSECRET"
	name      = "李三"
	number    = "11010519491231002X"
)

func main() {
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		log.Fatal(err)
	}
	nonce := hex.EncodeToString(random)
	timestamp := fmt.Sprint(time.Now().UnixMilli())
	text := "GET\napplication/json\n\n\n\n" + // 空行是 Content-MD5、Content-Type、Date
		"x-ca-key:" + appKey + "\nx-ca-nonce:" + nonce + "\nx-ca-timestamp:" + timestamp + "\n" +
		"/idcard?sfz=" + number + "&xm=" + name // 参数按名排序，不编码
	mac := hmac.New(sha256.New, []byte(appSecret))
	mac.Write([]byte(text))

	query := url.Values{"xm": {name}, "sfz": {number}}
	request, err := http.NewRequest("GET", address+"/idcard?"+query.Encode(), nil)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("X-Ca-Key", appKey)
	request.Header.Set("X-Ca-Nonce", nonce)
	request.Header.Set("X-Ca-Timestamp", timestamp)
	request.Header.Set("X-Ca-Signature-Headers", "x-ca-key,x-ca-nonce,x-ca-timestamp")
	request.Header.Set("X-Ca-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()

	if response.StatusCode != 200 && response.StatusCode != 666 { // 网关拒绝，不计费
		fmt.Println(response.StatusCode, response.Header.Get("X-Ca-Error-Message"))
		return
	}
	var answer struct {
		Msg   string `json:"msg"`
		Match bool   `json:"match"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		log.Fatal(err)
	}
	if response.StatusCode == 666 { // 没有结果，不计费
		fmt.Println(666, answer.Msg)
		return
	}
	fmt.Printf("200 %s match=%t\n", answer.Msg, answer.Match) // 有结果，计费
}
