// mcs -r:System.Net.Http Signed.cs && mono Signed.exe；.NET 6 起也可以放进 dotnet new console 的 Program.cs
using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;

public static class Signed
{
    const string Address = "http://127.0.0.1:8080";
    const string AppKey = "YOUR_APPKEY";
    const string AppSecret = "YOUR_APPSECRET";
    const string Name = "李三";
    const string Number = "11010519491231002X";

    // 一个进程共用一个 HttpClient。
    static readonly HttpClient Client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };

    public static void Main()
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        Ask().GetAwaiter().GetResult();
    }

    static async Task Ask()
    {
        var nonce = Guid.NewGuid().ToString();
        var timestamp = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds().ToString();
        var text = "GET\napplication/json\n\n\n\n" // 空行是 Content-MD5、Content-Type、Date
            + "x-ca-key:" + AppKey + "\nx-ca-nonce:" + nonce + "\nx-ca-timestamp:" + timestamp + "\n"
            + "/idcard?sfz=" + Number + "&xm=" + Name; // 参数按名排序，不编码

        var query = "xm=" + Uri.EscapeDataString(Name) + "&sfz=" + Uri.EscapeDataString(Number);
        using (var request = new HttpRequestMessage(HttpMethod.Get, Address + "/idcard?" + query))
        {
            request.Headers.Add("Accept", "application/json");
            request.Headers.Add("X-Ca-Key", AppKey);
            request.Headers.Add("X-Ca-Nonce", nonce);
            request.Headers.Add("X-Ca-Timestamp", timestamp);
            request.Headers.Add("X-Ca-Signature-Headers", "x-ca-key,x-ca-nonce,x-ca-timestamp");
            request.Headers.Add("X-Ca-Signature", Sign(text));
            using (var response = await Client.SendAsync(request))
            {
                var status = (int)response.StatusCode;
                // 200：有结果，计费。666：没有结果，不计费。两者的正文都是 JSON，交给您用的 JSON 库。其他：网关拒绝，不计费。
                IEnumerable<string> reasons;
                var answer = status == 200 || status == 666
                    ? await response.Content.ReadAsStringAsync()
                    : response.Headers.TryGetValues("X-Ca-Error-Message", out reasons) ? reasons.First() : "";
                Console.WriteLine(status + " " + answer);
            }
        }
    }

    static string Sign(string text)
    {
        using (var hmac = new HMACSHA256(Encoding.UTF8.GetBytes(AppSecret)))
        {
            return Convert.ToBase64String(hmac.ComputeHash(Encoding.UTF8.GetBytes(text)));
        }
    }
}
