// java -Dfile.encoding=UTF-8 Signed.java（Java 17）
import java.io.PrintStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Signed {
  static final String ADDRESS = "http://127.0.0.1:8080";
  static final String APP_KEY = "YOUR_APPKEY";
  static final String APP_SECRET = "YOUR_APPSECRET";
  static final String NAME = "李三";
  static final String NUMBER = "11010519491231002X";

  public static void main(String[] arguments) throws Exception {
    String nonce = UUID.randomUUID().toString();
    String timestamp = String.valueOf(System.currentTimeMillis());
    String text = "GET\napplication/json\n\n\n\n" // 空行是 Content-MD5、Content-Type、Date
        + "x-ca-key:" + APP_KEY + "\nx-ca-nonce:" + nonce + "\nx-ca-timestamp:" + timestamp + "\n"
        + "/idcard?sfz=" + NUMBER + "&xm=" + NAME; // 参数按名排序，不编码

    String query = "xm=" + URLEncoder.encode(NAME, StandardCharsets.UTF_8)
        + "&sfz=" + URLEncoder.encode(NUMBER, StandardCharsets.UTF_8);
    HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(3)).build();
    HttpRequest request = HttpRequest.newBuilder(URI.create(ADDRESS + "/idcard?" + query))
        .header("Accept", "application/json")
        .header("X-Ca-Key", APP_KEY)
        .header("X-Ca-Nonce", nonce)
        .header("X-Ca-Timestamp", timestamp)
        .header("X-Ca-Signature-Headers", "x-ca-key,x-ca-nonce,x-ca-timestamp")
        .header("X-Ca-Signature", sign(text))
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

  static String sign(String text) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(APP_SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
  }
}
