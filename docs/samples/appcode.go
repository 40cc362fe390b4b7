// go run appcode.go
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"time"
)

const (
	address = "http://127.0.0.1:8080"
	appCode = "YOUR_APPCODE"
	name    = "李三"
	number  = "11010519491231002X"
)

func main() {
	query := url.Values{"xm": {name}, "sfz": {number}}
	request, err := http.NewRequest("GET", address+"/idcard?"+query.Encode(), nil)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "APPCODE "+appCode)
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
