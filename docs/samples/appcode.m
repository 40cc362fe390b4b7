// Apple：clang -framework Foundation appcode.m
// GNUstep：gcc $(gnustep-config --objc-flags) appcode.m $(gnustep-config --base-libs)
#import <Foundation/Foundation.h>

#ifndef GNUSTEP
#define ENTER_POOL @autoreleasepool {
#define LEAVE_POOL }
#endif

static NSString *const address = @"http://127.0.0.1:8080";
static NSString *const appCode = @"YOUR_APPCODE";
static NSString *const name = @"李三";
static NSString *const number = @"11010519491231002X";

static NSString *Encode(NSString *value) {
  NSCharacterSet *plain = [NSCharacterSet characterSetWithCharactersInString:
      @"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"];
  return [value stringByAddingPercentEncodingWithAllowedCharacters:plain];
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
  [request setValue:[@"APPCODE " stringByAppendingString:appCode] forHTTPHeaderField:@"Authorization"];

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
  NSString *text;
  if (status == 200) { // 有结果，计费
    text = [NSString stringWithFormat:@"%@ match=%@", [answer objectForKey:@"msg"],
        [[answer objectForKey:@"match"] boolValue] ? @"true" : @"false"];
  } else if (status == 666) { // 没有结果，不计费
    text = [answer objectForKey:@"msg"];
  } else { // 网关拒绝，不计费
    text = [[response allHeaderFields] objectForKey:@"X-Ca-Error-Message"];
  }
  printf("%ld %s\n", (long)status, [text UTF8String]);
  LEAVE_POOL
  return 0;
}
