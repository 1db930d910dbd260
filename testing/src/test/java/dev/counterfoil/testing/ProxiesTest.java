package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.testing.Distribution.Result;
import dev.counterfoil.testing.Distribution.Running;
import dev.counterfoil.verifier.TestCertificates;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every listener behind the nginx and the HAProxy of Debian, each with the very samples of {@code
 * deploy/proxies}; ports, addresses and paths are this test's.
 */
@Tag("turn-1")
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProxiesTest {
  private static final Path SAMPLES =
      Path.of(System.getProperty("counterfoil.root"), "deploy/proxies");
  private static final List<String> NAMES =
      List.of("login.example", "monitor.example", "custodian.example", "witness.example");

  /** Where clients come from; each is this host, and another address of it. */
  private static final String CLIENT = "127.0.0.3";

  private static final String MONITOR = "127.0.0.2";

  enum Proxy {
    NGINX,
    HAPROXY
  }

  private record Answer(int status, String text) {
    String body() {
      return text.substring(text.indexOf("\r\n\r\n") + 4);
    }

    JsonObject json() throws Exception {
      String body = body();
      return StrictJson.object(
          body.substring(body.indexOf('{'), body.lastIndexOf('}') + 1)
              .getBytes(StandardCharsets.UTF_8),
          1 << 20);
    }
  }

  private final List<Process> processes = new ArrayList<>();
  private final Map<Proxy, Integer> ports =
      Map.of(Proxy.NGINX, freePort(), Proxy.HAPROXY, freePort());

  @SuppressWarnings("NullAway.Init") // made before the tests
  private Path folder;

  @SuppressWarnings("NullAway.Init") // made before the tests
  private SSLContext tls;

  @SuppressWarnings("NullAway.Init") // made before the tests
  private CosignerKey custodian;

  private int authorityPort;
  private int monitorPort;
  private int custodianPort;
  private int witnessPort;
  private @Nullable Running running;

  private static int freePort() {
    try {
      return Distribution.freePort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeAll
  void start() throws Exception {
    folder = Files.createTempDirectory(Path.of("/tmp"), "cf");
    authorityPort = freePort();
    monitorPort = freePort();
    custodianPort = freePort();
    witnessPort = freePort();
    Path installation = folder.resolve("counterfoil.yaml");
    Files.writeString(
        installation,
        """
        monitor-listen: "127.0.0.1:%d"
        domains:
          - name: main
            issuer: "http://127.0.0.1:%2$d"
            listen: "127.0.0.1:%2$d"
            tenants: [acme]
            audiences: [demo-api, counterfoil-custodian]
            spare-signers: 0
        """
            .formatted(monitorPort, authorityPort));
    running = Running.start(folder, installation);
    client("counterfoil-custodian", "http://127.0.0.1:" + authorityPort, "counterfoil:custody");
    client("reporter", "counterfoil-monitor", "counterfoil:sightings");
    client("auditor", "counterfoil-custodian", "counterfoil:custody-audit");
    custodian = startCustodian();
    startWitness();
    KeyStore server =
        TestCertificates.keyPair(folder, "server", "san=dns:" + String.join(",dns:", NAMES));
    tls = TestCertificates.context(null, server);
    certificates(server);
    startNginx();
    startHaproxy();
    for (Proxy proxy : Proxy.values()) {
      awaitListening(proxy);
    }
  }

  private void client(String name, String audience, String scope) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "client",
                "add",
                name,
                "--tenant",
                "counterfoil",
                "--audience",
                audience,
                "--scope",
                scope));
    if (name.equals("counterfoil-custodian")) {
      command.add("--make-key");
    }
    Result added = Distribution.run(folder, command.toArray(String[]::new));
    assertThat(added.exitCode()).as(added.err()).isZero();
  }

  private Path domain() {
    return folder.resolve("counterfoil-data/domains/main");
  }

  private CosignerKey startCustodian() throws Exception {
    Path host = Files.createDirectory(folder.resolve("custodian"));
    Files.copy(domain().resolve("policy.txt"), host.resolve("policy.txt"));
    Files.move(domain().resolve("clients/counterfoil-custodian.jwk"), host.resolve("client.jwk"));
    Files.writeString(
        host.resolve("custodian.yaml"),
        """
        listen: "127.0.0.1:%d"
        data: data
        cosigner: custodian.example/c1
        poll-interval: 20ms
        trusted-proxies: [127.0.0.1]
        domains:
          - name: main
            policy: policy.txt
            client-key: client.jwk
        """
            .formatted(custodianPort));
    return CosignerKey.parse(
        serve("custodian", host.resolve("custodian.yaml").toString()).string("vkey"));
  }

  private void startWitness() throws Exception {
    Path host = Files.createDirectory(folder.resolve("witness"));
    Files.copy(domain().resolve("policy.txt"), host.resolve("policy.txt"));
    Files.writeString(
        host.resolve("witness.yaml"),
        """
        name: witness.example/w1
        listen: "127.0.0.1:%d"
        data: data
        policies: [policy.txt]
        trusted-proxies: [127.0.0.1]
        """
            .formatted(witnessPort));
    serve("witness", host.resolve("witness.yaml").toString());
  }

  private JsonObject serve(String command, String configuration) throws Exception {
    Path err = folder.resolve(command + ".err");
    Process process = Distribution.start(folder, err, command, "--json", "--config", configuration);
    processes.add(process);
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    assertThat(line).as(Files.readString(err)).isNotNull();
    return StrictJson.object(line.getBytes(StandardCharsets.UTF_8), 1 << 20);
  }

  private void certificates(KeyStore server) throws Exception {
    String key =
        pem(
            "PRIVATE KEY",
            server
                .getKey(TestCertificates.ALIAS, TestCertificates.PASSWORD.toCharArray())
                .getEncoded());
    String certificate = pem("CERTIFICATE", server.getCertificate("k").getEncoded());
    Path haproxy = Files.createDirectory(folder.resolve("haproxy"));
    for (String name : NAMES) {
      Files.writeString(folder.resolve(name + ".crt"), certificate);
      Files.writeString(folder.resolve(name + ".key"), key);
    }
    Files.writeString(haproxy.resolve("all.pem"), certificate + key);
  }

  private static String pem(String kind, byte[] content) {
    return "-----BEGIN "
        + kind
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content)
        + "\n-----END "
        + kind
        + "-----\n";
  }

  /** A sample with this test's ports, addresses and paths: each must stand in it. */
  private String sample(String file, Map<String, String> here) throws IOException {
    String text = Files.readString(SAMPLES.resolve(file));
    for (Map.Entry<String, String> one : here.entrySet()) {
      assertThat(text).contains(one.getKey());
      text = text.replace(one.getKey(), one.getValue());
    }
    return text;
  }

  private Map<String, String> here(Map<String, String> more) {
    Map<String, String> all = new LinkedHashMap<>(more);
    all.put("127.0.0.1:8480", "127.0.0.1:" + authorityPort);
    all.put("127.0.0.1:8481", "127.0.0.1:" + monitorPort);
    all.put("127.0.0.1:8482", "127.0.0.1:" + custodianPort);
    all.put("127.0.0.1:8490", "127.0.0.1:" + witnessPort);
    all.put("192.0.2.20", MONITOR);
    return all;
  }

  private void startNginx() throws Exception {
    Files.writeString(folder.resolve("snippet.conf"), sample("nginx-snippet.conf", Map.of()));
    String servers =
        sample(
            "nginx.conf",
            here(
                Map.of(
                    "listen 443 ssl", "listen 127.0.0.1:" + ports.get(Proxy.NGINX) + " ssl",
                    "/etc/nginx/snippets/counterfoil.conf", folder + "/snippet.conf",
                    "/etc/ssl/counterfoil/", folder + "/")));
    Files.writeString(
        folder.resolve("nginx.conf"),
        """
        daemon off;
        worker_processes 1;
        pid nginx.pid;
        events { worker_connections 256; }
        http {
          access_log off;
          client_body_temp_path body;
          proxy_temp_path proxy;
          fastcgi_temp_path fastcgi;
          uwsgi_temp_path uwsgi;
          scgi_temp_path scgi;
          %s
        }
        """
            .formatted(servers));
    processes.add(
        program(
            "nginx", "-p", folder + "/", "-e", folder + "/nginx-error.log", "-c", "nginx.conf"));
  }

  private void startHaproxy() throws Exception {
    Files.writeString(
        folder.resolve("haproxy.cfg"),
        sample(
            "haproxy.cfg",
            here(
                Map.of(
                    "bind :443 ssl", "bind 127.0.0.1:" + ports.get(Proxy.HAPROXY) + " ssl",
                    "/etc/haproxy/counterfoil/", folder + "/haproxy/"))));
    processes.add(program("haproxy", "-db", "-f", folder + "/haproxy.cfg"));
  }

  /** Starts a program of {@code /usr/sbin}, where Debian has both. */
  private Process program(String name, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("/usr/sbin/" + name));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(name + ".out").toFile())
        .start();
  }

  private void awaitListening(Proxy proxy) throws Exception {
    for (int tries = 0; ; tries++) {
      try {
        ask(proxy, "login.example", CLIENT, "GET /jwks", "", "");
        return;
      } catch (IOException e) {
        assertThat(tries)
            .as(
                () ->
                    proxy
                        + ": "
                        + e
                        + said("nginx.out")
                        + said("nginx-error.log")
                        + said("haproxy.out"))
            .isLessThan(200);
        Thread.sleep(50);
      }
    }
  }

  private String said(String file) {
    try {
      return Files.readString(folder.resolve(file));
    } catch (IOException e) {
      return "";
    }
  }

  @AfterAll
  void stop() throws Exception {
    for (Process process : processes) {
      process.destroy();
      process.waitFor();
    }
    if (running != null) {
      running.close();
    }
    PutBackKeyLog.delete(folder);
  }

  /** One question over TLS, from an address of this host. */
  private Answer ask(
      Proxy proxy, String host, String from, String line, String headers, String body)
      throws IOException {
    int port = ports.getOrDefault(proxy, 0);
    try (Socket plain = new Socket()) {
      plain.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
      plain.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      plain.setSoTimeout(60_000);
      try (SSLSocket socket =
          (SSLSocket) tls.getSocketFactory().createSocket(plain, host, port, true)) {
        String request =
            line
                + " HTTP/1.1\r\nHost: "
                + host
                + "\r\nConnection: close\r\nX-Forwarded-For: 6.6.6.6\r\n"
                + headers
                + (body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n")
                + "\r\n"
                + body;
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        try (InputStream in = socket.getInputStream()) {
          String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
          if (text.length() < 12) {
            throw new IOException("no answer: " + text);
          }
          return new Answer(Integer.parseInt(text.substring(9, 12)), text);
        }
      }
    }
  }

  private String token(Proxy proxy, String client) throws Exception {
    String secret = Files.readString(domain().resolve("clients/" + client + ".secret")).strip();
    String basic =
        Base64.getEncoder()
            .encodeToString((client + ":" + secret).getBytes(StandardCharsets.US_ASCII));
    Answer answer =
        ask(
            proxy,
            "login.example",
            CLIENT,
            "POST /token",
            "Authorization: Basic "
                + basic
                + "\r\nContent-Type: application/x-www-form-urlencoded\r\n",
            "grant_type=client_credentials");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json().string("access_token");
  }

  @ParameterizedTest
  @EnumSource
  void aTokenASightingAndHeads(Proxy proxy) throws Exception {
    token(proxy, "demo");
    Answer sighting =
        ask(
            proxy,
            "monitor.example",
            CLIENT,
            "POST /sightings",
            "Authorization: Bearer "
                + token(proxy, "reporter")
                + "\r\nContent-Type: application/json\r\n",
            "{\"v\":1,\"reporter\":\""
                + proxy.name().toLowerCase(Locale.ROOT)
                + "\",\"sequence\":1,\"lost\":0,\"sightings\":[]}");
    assertThat(sighting.status()).as(sighting.text()).isEqualTo(202);
    assertThat(ask(proxy, "login.example", CLIENT, "GET /logs/keys/head?after=0&wait=1s", "", ""))
        .matches(answer -> answer.status() == 200)
        .matches(answer -> answer.body().contains("/logs/keys"));
    SignedNote held = SignedNote.parse(held(proxy).body().getBytes(StandardCharsets.UTF_8));
    assertThat(Cosignature.find(held, custodian)).isPresent();
    assertThat(ask(proxy, "witness.example", CLIENT, "GET /", "", "").body())
        .contains("witness.example/w1");
    assertThat(ask(proxy, "witness.example", CLIENT, "POST /add-checkpoint", "", "none").status())
        .isEqualTo(400);
  }

  private Answer held(Proxy proxy) throws Exception {
    String name = Hash.sha256(origin().getBytes(StandardCharsets.UTF_8)).hex();
    for (int tries = 0; ; tries++) {
      Answer answer =
          ask(proxy, "custodian.example", CLIENT, "GET /logs/" + name + "/held", "", "");
      if (answer.status() == 200) {
        return answer;
      }
      assertThat(tries).as(answer.text()).isLessThan(600);
      Thread.sleep(50);
    }
  }

  private String origin() {
    return "127.0.0.1:" + authorityPort + "/logs/s1g1";
  }

  /** Proxies say who reads; what a client says itself counts for nothing. */
  @ParameterizedTest
  @EnumSource
  void theReaderIsOnRecordAndNotTheProxy(Proxy proxy) throws Exception {
    token(proxy, "demo");
    held(proxy);
    String name = Hash.sha256(origin().getBytes(StandardCharsets.UTF_8)).hex();
    for (int tries = 0; ; tries++) {
      Answer answer =
          ask(
              proxy,
              "custodian.example",
              CLIENT,
              "GET /logs/" + name + "/tenants",
              "Authorization: Bearer " + token(proxy, "auditor") + "\r\n",
              "");
      if (answer.status() == 200) {
        break;
      }
      // Until it holds the log's first records.
      assertThat(tries).as(answer.text()).isLessThan(200);
      Thread.sleep(100);
    }
    List<String> reads = Files.readAllLines(folder.resolve("custodian/data/reads.ndjson"));
    assertThat(reads.getLast()).contains("\"address\":\"" + CLIENT + "\"").doesNotContain("6.6.6");
  }

  @ParameterizedTest
  @EnumSource
  void healthAndFiguresAreClosed(Proxy proxy) throws Exception {
    for (String name : NAMES) {
      for (String path :
          List.of(
              "/health/live",
              "/metrics",
              "//metrics",
              "/%6detrics",
              "/x/../health/live",
              "/health/live;x",
              "/metrics;x=y",
              "/health/live?x",
              "/x/health/live")) {
        Answer answer = ask(proxy, name, CLIENT, "GET " + path, "", "");
        assertThat(answer.status()).as(name + path + answer.text()).isIn(404, 400);
        assertThat(answer.text()).doesNotContain("counterfoil_").doesNotContain("live");
      }
    }
    assertThat(ask(proxy, "login.example", CLIENT, "GET /health/ready", "", "").status())
        .isEqualTo(403);
    Answer ready = ask(proxy, "login.example", MONITOR, "GET /health/ready", "", "");
    assertThat(ready.json().truth("ready")).isTrue();
  }

  @Test
  void theSettingThatNginxNeedsIsNamedWhereItIsMissing() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), authorityPort)) {
      socket
          .getOutputStream()
          .write("GET /jwks HTTP/1.0\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .contains(" 505 ")
          .contains("proxy_http_version 1.1");
    }
    assertThat(Files.readString(SAMPLES.resolve("nginx-snippet.conf")))
        .contains("proxy_http_version 1.1;");
  }
}
