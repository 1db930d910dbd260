package dev.counterfoil.drills.people;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.drills.domain.IssuerClient.Credentials;
import dev.counterfoil.drills.mail.DovecotServer;
import dev.counterfoil.drills.mail.DovecotSettings;
import dev.counterfoil.drills.mail.MailTokenCheck;
import dev.counterfoil.drills.mail.MailUser;
import dev.counterfoil.drills.mail.Mailboxes;
import dev.counterfoil.drills.people.WebApplication.Tokens;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.FreePorts;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * One token of a person opens their mail at Debian's Dovecot, which introspects it, and a page
 * behind Debian's nginx, which asks the guard; and neither once the person took it back.
 */
@Tag("full")
@Timeout(300)
class ServicesTest {
  private final HttpClient http = HttpClient.newHttpClient();
  private final AtomicReference<Map<String, String>> seen = new AtomicReference<>(Map.of());

  @Test
  void aTokenOpensMailAndPageUntilItsPersonRevokesIt() throws Exception {
    List<Integer> ports = FreePorts.find(3);
    try (SignInHost host = SignInHost.start("mail")) {
      WebApplication webmail =
          host.later(new WebApplication(host.issuer(), ports.get(0), new SecureRandom()));
      Path secret =
          host.client(
              "webmail",
              "--audience",
              "mail",
              "--scope",
              "mail.read",
              "--redirect-uri",
              webmail.callback().toString());
      webmail.as(new Credentials("webmail", Files.readString(secret).strip()));
      InetSocketAddress mail = startDovecot(host);
      URI page = startNginx(host, startGuard(host, ports.get(1)), ports.get(2));
      Browser browser = host.person("alice");

      browser.open(webmail.begin("openid profile mail.read"));
      host.signIn(browser, webmail.callback());
      Tokens tokens = webmail.finish();
      String token = tokens.access();

      assertThat(imap(mail, "alice", token)).contains("OK");
      assertThat(imap(mail, "bob", token)).contains("NO");
      assertThat(status(page, token)).isEqualTo(200);
      assertThat(seen.get())
          .containsEntry(
              "counterfoil-subject", host.shown("alice").at("/person/subject").asString())
          .containsEntry("counterfoil-client", "webmail")
          .doesNotContainKey("authorization");
      // An ID token is for the application alone.
      assertThat(imap(mail, "alice", tokens.id())).contains("NO");
      assertThat(status(page, tokens.id())).isEqualTo(401);

      String row = "tr[data-token='" + SignInHost.claims(token).get("jti").asString() + "']";
      Await.require(
          "the token in the account",
          () -> {
            browser.open(URI.create(host.issuer() + "/account/issued"));
            return browser.has(row);
          });
      Instant from = Instant.now();
      browser.click(row + " button[value=not-me]");
      Await.require("a refusal by Dovecot", () -> imap(mail, "alice", token).contains("NO"));
      Await.require("a refusal by the guard", () -> status(page, token) == 401);
      assertThat(Duration.between(from, Instant.now())).isLessThan(Duration.ofSeconds(10));
    }
  }

  private static InetSocketAddress startDovecot(SignInHost host) throws Exception {
    Path secret = host.client("imap", "--audience", "mail", "--introspects");
    Mailboxes mailboxes =
        Mailboxes.seed(
            host.folder().resolve("mail"),
            List.of(
                new MailUser("alice", "enterprise", "acme"),
                new MailUser("bob", "enterprise", "acme")),
            1,
            1,
            Instant.parse("2026-11-20T12:00:00Z"));
    DovecotServer dovecot =
        host.later(DovecotServer.inFolder(host.folder().resolve("imap"), mailboxes.folder()));
    dovecot.start(
        DovecotSettings.local()
            .with(
                new MailTokenCheck.ByIntrospection(
                    URI.create(host.issuer() + "/introspect"),
                    "imap",
                    Files.readString(secret).strip())));
    return dovecot.address();
  }

  /** What Dovecot says to a login by OAUTHBEARER (RFC 7628). */
  private static String imap(InetSocketAddress server, String user, String token)
      throws IOException {
    String response = "n,a=" + user + ",\u0001auth=Bearer " + token + "\u0001\u0001";
    try (Socket socket = new Socket(server.getAddress(), server.getPort());
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      socket.setSoTimeout(30_000);
      send(
          socket,
          "a AUTHENTICATE OAUTHBEARER "
              + Base64.getEncoder().encodeToString(response.getBytes(StandardCharsets.UTF_8)));
      String line = in.readLine();
      while (line != null && !line.startsWith("a ")) {
        if (line.startsWith("+")) {
          // The error, which the client acknowledges (RFC 7628 3.2.3).
          send(socket, "AQ==");
        }
        line = in.readLine();
      }
      return String.valueOf(line);
    }
  }

  private static void send(Socket socket, String line) throws IOException {
    socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
  }

  private static int startGuard(SignInHost host, int port) throws Exception {
    Path configuration =
        Files.writeString(
            host.folder().resolve("guard.yaml"),
            """
            listen: "127.0.0.1:%d"
            policy: %s
            services:
              - name: mail
                audience: mail
                tenants: [acme]
                binding: bearer-allowed
            """
                .formatted(port, host.policy()));
    host.beginCommand("guard", "--config", configuration.toString());
    HttpClient client = HttpClient.newHttpClient();
    Await.require(
        "the guard",
        () -> {
          try {
            return client
                    .send(
                        HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + port + "/health/ready"))
                            .build(),
                        HttpResponse.BodyHandlers.discarding())
                    .statusCode()
                == 200;
          } catch (IOException e) {
            return false;
          }
        });
    return port;
  }

  /** The lines of docs/integrate/guard.md, with this test's ports. */
  private URI startNginx(SignInHost host, int guard, int port) throws Exception {
    int service = host.service(0, "the inbox", seen::set);
    Path folder = Files.createDirectory(host.folder().resolve("nginx"));
    Files.writeString(
        folder.resolve("nginx.conf"),
        """
        daemon off;
        worker_processes 1;
        pid nginx.pid;
        events { worker_connections 64; }
        http {
          access_log off;
          client_body_temp_path body;
          proxy_temp_path proxy;
          fastcgi_temp_path fastcgi;
          uwsgi_temp_path uwsgi;
          scgi_temp_path scgi;
          upstream mail { server 127.0.0.1:%d; }
          server {
            listen 127.0.0.1:%d;
            %s
          }
        }
        """
            .formatted(
                service,
                port,
                SignInHost.samples("integrate/guard.md", "nginx")
                    .getFirst()
                    .replace("127.0.0.1:8495", "127.0.0.1:" + guard)));
    host.begin(
        List.of("/usr/sbin/nginx", "-p", folder + "/", "-e", "stderr", "-c", "nginx.conf"),
        Map.of());
    URI page = URI.create("http://127.0.0.1:" + port + "/inbox");
    Await.require(
        "nginx",
        () -> {
          try {
            return status(page, "none") == 401;
          } catch (IOException e) {
            return false;
          }
        });
    return page;
  }

  private int status(URI page, String token) throws IOException, InterruptedException {
    return http.send(
            HttpRequest.newBuilder(page).header("Authorization", "Bearer " + token).build(),
            HttpResponse.BodyHandlers.ofString())
        .statusCode();
  }
}
