// mcs -r:System.Net.Http AppCode.cs && mono AppCode.exe；.NET 6 起也可以放进 dotnet new console 的 Program.cs
using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Text;
using System.Threading.Tasks;

public static class AppCode
{
    const string Address = "http://127.0.0.1:8080";
    const string Code = "YOUR_APPCODE";
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
        var query = "xm=" + Uri.EscapeDataString(Name) + "&sfz=" + Uri.EscapeDataString(Number);
        using (var request = new HttpRequestMessage(HttpMethod.Get, Address + "/idcard?" + query))
        {
            request.Headers.TryAddWithoutValidation("Authorization", "APPCODE " + Code);
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
}
