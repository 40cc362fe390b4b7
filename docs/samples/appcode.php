<?php
// php appcode.php（PHP 8，curl 扩展）
$address = 'http://127.0.0.1:8080';
$appCode = 'YOUR_APPCODE';
$name = '李三';
$number = '11010519491231002X';

$error = '';
$curl = curl_init($address . '/idcard?' . http_build_query(['xm' => $name, 'sfz' => $number]));
curl_setopt_array($curl, [
    CURLOPT_HTTPHEADER => ['Authorization: APPCODE ' . $appCode],
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_TIMEOUT => 5,
    CURLOPT_HEADERFUNCTION => function ($curl, string $line) use (&$error): int {
        if (stripos($line, 'X-Ca-Error-Message:') === 0) {
            $error = trim(substr($line, strlen('X-Ca-Error-Message:')));
        }
        return strlen($line);
    },
]);
$body = curl_exec($curl);
if ($body === false) {
    fwrite(STDERR, curl_error($curl) . "\n");
    exit(1);
}
$status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
if ($status === 200) { // 有结果，计费
    $verdict = json_decode($body, true, flags: JSON_THROW_ON_ERROR);
    echo $status, ' ', $verdict['msg'], ' match=', json_encode($verdict['match']), "\n";
} elseif ($status === 666) { // 没有结果，不计费
    echo $status, ' ', json_decode($body, true, flags: JSON_THROW_ON_ERROR)['msg'], "\n";
} else { // 网关拒绝，不计费
    echo $status, ' ', $error, "\n";
}
