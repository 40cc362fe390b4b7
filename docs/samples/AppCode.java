// java -Dfile.encoding=UTF-8 AppCode.java（Java 17）
import java.io.PrintStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

public class AppCode {
  static final String ADDRESS = "http://127.0.0.1:8080";
  static final String APP_CODE = "YOUR_APPCODE";
  static final String NAME = "李三";
  static final String NUMBER = "11010519491231002X";

  public static void main(String[] arguments) throws Exception {
    String query = "xm=" + URLEncoder.encode(NAME, StandardCharsets.UTF_8)
        + "&sfz=" + URLEncoder.encode(NUMBER, StandardCharsets.UTF_8);
    HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(3)).build();
    HttpRequest request = HttpRequest.newBuilder(URI.create(ADDRESS + "/idcard?" + query))
        .header("Authorization", "APPCODE " + APP_CODE)
        .timeout(Duration.ofSeconds(5))
        .build();
    HttpResponse<String> response =
        client.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));

    int status = response.statusCode();
    // 200：有结果，计费。666：没有结果，不计费。两者的正文都是 JSON，交给您用的 JSON 库。其他：网关拒绝，不计费。
    String answer = status == 200 || status == 666
        ? response.body()
        : response.headers().firstValue("X-Ca-Error-Message").orElse("");
    new PrintStream(System.out, true, StandardCharsets.UTF_8).println(status + " " + answer);
  }
}
