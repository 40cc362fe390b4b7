// Apple：clang -framework Foundation signed.m
// GNUstep：gcc $(gnustep-config --objc-flags) signed.m $(gnustep-config --base-libs) -lcrypto
#import <Foundation/Foundation.h>

#ifdef GNUSTEP
#include <openssl/hmac.h>
#else
#include <CommonCrypto/CommonHMAC.h>
#define ENTER_POOL @autoreleasepool {
#define LEAVE_POOL }
#endif

static NSString *const address = @"http://127.0.0.1:8080";
static NSString *const appKey = @"YOUR_APPKEY";
static NSString *const appSecret = @"YOUR_APPSECRET";
static NSString *const name = @"李三";
static NSString *const number = @"11010519491231002X";

static NSString *Encode(NSString *value) {
  NSCharacterSet *plain = [NSCharacterSet characterSetWithCharactersInString:
      @"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"];
  return [value stringByAddingPercentEncodingWithAllowedCharacters:plain];
}

static NSString *Sign(NSString *text) {
  NSData *key = [appSecret dataUsingEncoding:NSUTF8StringEncoding];
  NSData *data = [text dataUsingEncoding:NSUTF8StringEncoding];
  unsigned char mac[32];
#ifdef GNUSTEP
  HMAC(EVP_sha256(), [key bytes], (int)[key length], [data bytes], [data length], mac, NULL);
#else
  CCHmac(kCCHmacAlgSHA256, [key bytes], [key length], [data bytes], [data length], mac);
#endif
  return [[NSData dataWithBytes:mac length:sizeof mac] base64EncodedStringWithOptions:0];
}

int main(void) {
  ENTER_POOL
  NSURL *url = [NSURL URLWithString:[NSString stringWithFormat:@"%@/idcard?xm=%@&sfz=%@",
      address, Encode(name), Encode(number)]];
#ifdef GNUSTEP // 它的 NSURLConnection 不核对证书里的主机名，只宜连本机的 http；Apple 平台默认核对。
  if ([[url scheme] isEqualToString:@"https"]) {
    fprintf(stderr, "GNUstep: https is not verified, not used\n");
    return 1;
  }
#endif
  NSMutableURLRequest *request = [NSMutableURLRequest requestWithURL:url];
  [request setTimeoutInterval:5];
  NSString *nonce = [[NSUUID UUID] UUIDString];
  NSString *timestamp = [NSString stringWithFormat:@"%lld", (long long)([[NSDate date] timeIntervalSince1970] * 1000)];
  NSString *text = [NSString stringWithFormat:@"GET\napplication/json\n\n\n\n" // 空行是 Content-MD5、Content-Type、Date
      @"x-ca-key:%@\nx-ca-nonce:%@\nx-ca-timestamp:%@\n"
      @"/idcard?sfz=%@&xm=%@", appKey, nonce, timestamp, number, name]; // 参数按名排序，不编码
  [request setValue:@"application/json" forHTTPHeaderField:@"Accept"];
  [request setValue:appKey forHTTPHeaderField:@"X-Ca-Key"];
  [request setValue:nonce forHTTPHeaderField:@"X-Ca-Nonce"];
  [request setValue:timestamp forHTTPHeaderField:@"X-Ca-Timestamp"];
  [request setValue:@"x-ca-key,x-ca-nonce,x-ca-timestamp" forHTTPHeaderField:@"X-Ca-Signature-Headers"];
  [request setValue:Sign(text) forHTTPHeaderField:@"X-Ca-Signature"];

  // 命令行里同步发出；App 里把同一个 request 交给 NSURLSession 的 dataTaskWithRequest:completionHandler:。
  NSHTTPURLResponse *response = nil;
  NSError *error = nil;
  NSData *body = [NSURLConnection sendSynchronousRequest:request returningResponse:&response error:&error];
  if (body == nil) {
    fprintf(stderr, "%s\n", [[error localizedDescription] UTF8String]);
    return 1;
  }
  NSInteger status = [response statusCode];
  NSDictionary *answer = [NSJSONSerialization JSONObjectWithData:body options:0 error:NULL];
  NSString *told;
  if (status == 200) { // 有结果，计费
    told = [NSString stringWithFormat:@"%@ match=%@", [answer objectForKey:@"msg"],
        [[answer objectForKey:@"match"] boolValue] ? @"true" : @"false"];
  } else if (status == 666) { // 没有结果，不计费
    told = [answer objectForKey:@"msg"];
  } else { // 网关拒绝，不计费
    told = [[response allHeaderFields] objectForKey:@"X-Ca-Error-Message"];
  }
  printf("%ld %s\n", (long)status, [told UTF8String]);
  LEAVE_POOL
  return 0;
}
