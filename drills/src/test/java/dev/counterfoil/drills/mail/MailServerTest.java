package dev.counterfoil.drills.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.theft.TestTokens;
import dev.counterfoil.format.bytes.Hash;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A real Dovecot, real mailboxes, a real mail client; the tokens are signed by keys of the test's
 * own.
 */
class MailServerTest {
  private static final MailUser AMARA = new MailUser("amara", "enterprise", "ministry");
  private static final MailUser BORIS = new MailUser("boris", "enterprise", "ministry");
  private static final int MESSAGES = 40;

  private Path folder = Path.of("unset");
  private final TestTokens trusted = TestTokens.make();
  private final TestTokens stranger = TestTokens.make();
  private final List<AutoCloseable> open = new ArrayList<>();

  @BeforeEach
  void layOut() throws Exception {
    // Not JUnit's folder: other users' processes have to be able to pass through.
    folder = Files.createTempDirectory(Path.of("/tmp"), "cf-mail-");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
  }

  @AfterEach
  void endEverything() throws Exception {
    for (AutoCloseable closeable : open.reversed()) {
      closeable.close();
    }
    DrillFolder.deleteTree(folder);
  }

  @Test
  void letsInWhoHoldsATokenOfATrustedKeyAndNobodyElse() throws Exception {
    Mailboxes mailboxes = seed();
    DovecotServer server = server(mailboxes);
    server.keys().trust(List.of(trusted.publicKey()));
    server.start(DovecotSettings.local());
    var reader = new ImapReader(server.address());

    ImapReader.Result read = reader.readAll("amara", trusted.of("amara"));
    assertThat(read)
        .isInstanceOfSatisfying(
            ImapReader.Result.Read.class,
            it -> {
              assertThat(it.messageIds()).isEqualTo(mailboxes.messageIds("amara"));
              assertThat(it.bytes()).isGreaterThan(MESSAGES * 300L);
            });
    assertThat(reader.readAll("amara", stranger.of("amara")))
        .isInstanceOfSatisfying(
            ImapReader.Result.Refused.class,
            it -> assertThat(it.reason()).contains("Authentication failed"));
    assertThat(reader.readAll("boris", trusted.of("amara")))
        .isInstanceOf(ImapReader.Result.Refused.class);
    assertThat(reader.readAll("boris", trusted.of("boris")))
        .isInstanceOf(ImapReader.Result.Read.class);
  }

  @Test
  void believesAKeyThatLeftUntilItReloads() throws Exception {
    DovecotServer server = server(seed());
    server.keys().trust(List.of(trusted.publicKey()));
    server.start(DovecotSettings.local());
    var reader = new ImapReader(server.address());
    assertThat(reader.read("amara", trusted.of("amara"), 1))
        .isInstanceOf(ImapReader.Result.Read.class);

    server.keys().trust(List.of(stranger.publicKey()));
    assertThat(reader.read("amara", trusted.of("amara"), 1))
        .isInstanceOf(ImapReader.Result.Read.class);

    server.reload();
    assertThat(reader.read("amara", trusted.of("amara"), 1))
        .isInstanceOf(ImapReader.Result.Refused.class);
    assertThat(reader.read("amara", stranger.of("amara"), 1))
        .isInstanceOf(ImapReader.Result.Read.class);
  }

  @Test
  void writesTheTokenAndEveryMessageReadIntoItsEvents() throws Exception {
    DovecotServer server = server(seed());
    server.keys().trust(List.of(trusted.publicKey()));
    server.start(DovecotSettings.local());
    List<MailEvent> events = Collections.synchronizedList(new ArrayList<>());
    var tail = new DovecotEventTail(server.events(), events::add, () -> {});
    open.add(tail);
    String token = trusted.of("amara");
    new ImapReader(server.address()).readAll("amara", token);
    new ImapReader(server.address()).readAll("amara", stranger.of("amara"));
    server.stop();
    tail.close();

    assertThat(events).filteredOn(MailEvent.Login.class::isInstance).hasSize(1);
    MailEvent.Login login =
        (MailEvent.Login) events.stream().filter(MailEvent.Login.class::isInstance).findAny().get();
    String signingInput = token.substring(0, token.lastIndexOf('.'));
    assertThat(login.digest())
        .hasValue(Hash.sha256(signingInput.getBytes(StandardCharsets.US_ASCII)).hex());
    assertThat(login.claims()).contains("s1g1.7.");
    assertThat(login.header()).contains(trusted.publicKey().kid());
    assertThat(events)
        .filteredOn(MailEvent.MessageRead.class::isInstance)
        .hasSize(MESSAGES)
        .allSatisfy(
            it -> assertThat(((MailEvent.MessageRead) it).session()).isEqualTo(login.session()));
    // The server's own first login, which shows that it is ready, may still be on its way here.
    assertThat(events)
        .filteredOn(it -> it instanceof MailEvent.Refusal refusal && refusal.user().equals("amara"))
        .hasSize(1);
  }

  @Test
  void asksItsPolicyServerAboutEachTokenWithAGoodSignature() throws Exception {
    DovecotServer server = server(seed());
    server.keys().trust(List.of(trusted.publicKey()));
    List<String> asked = Collections.synchronizedList(new ArrayList<>());
    String issued = trusted.of("amara");
    var hook =
        PolicyHook.start(
            "s3cr3t",
            (token, user) -> {
              asked.add(user + " " + token);
              return token.equals(issued) ? Optional.empty() : Optional.of("never issued");
            });
    open.add(hook);
    server.start(DovecotSettings.local().with(hook.address()));
    var reader = new ImapReader(server.address());
    String neverIssued = trusted.of("boris");

    assertThat(reader.read("amara", issued, 1)).isInstanceOf(ImapReader.Result.Read.class);
    assertThat(reader.read("boris", neverIssued, 1))
        .isInstanceOfSatisfying(
            ImapReader.Result.Refused.class,
            it -> assertThat(it.reason()).contains("never issued"));
    assertThat(asked).containsExactly("amara " + issued, "boris " + neverIssued);

    hook.close();
    assertThat(reader.read("amara", issued, 1)).isInstanceOf(ImapReader.Result.Refused.class);
  }

  @Test
  void asksTheAuthorityAboutEachTokenAndBelievesNobodyElse() throws Exception {
    DovecotServer server = server(seed());
    String active = trusted.of("amara");
    String inactive = trusted.of("boris");
    List<String> asked = Collections.synchronizedList(new ArrayList<>());
    HttpServer authority =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    open.add(() -> authority.stop(0));
    authority.createContext(
        "/introspect",
        exchange -> {
          try (exchange) {
            String form =
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String credentials = exchange.getRequestHeaders().getFirst("Authorization");
            asked.add(
                new String(
                    Base64.getDecoder().decode(credentials.split(" ", 2)[1]),
                    StandardCharsets.UTF_8));
            // The answer to a token that is no good carries a name all the same: it must not count.
            String answer =
                form.contains(active)
                    ? "{\"active\":true,\"username\":\"amara\"}"
                    : "{\"active\":false,\"username\":\"boris\"}";
            exchange.sendResponseHeaders(200, answer.length());
            exchange.getResponseBody().write(answer.getBytes(StandardCharsets.UTF_8));
          }
        });
    authority.start();
    URI endpoint =
        URI.create("http://127.0.0.1:" + authority.getAddress().getPort() + "/introspect");
    server.start(
        DovecotSettings.local()
            .with(new MailTokenCheck.ByIntrospection(endpoint, "mail", "a/b c:d")));
    var reader = new ImapReader(server.address());

    assertThat(reader.read("amara", active, 1)).isInstanceOf(ImapReader.Result.Read.class);
    assertThat(reader.read("boris", inactive, 1)).isInstanceOf(ImapReader.Result.Refused.class);
    assertThat(asked).contains("mail:a/b c:d");

    authority.stop(0);
    assertThat(reader.read("amara", active, 1)).isInstanceOf(ImapReader.Result.Refused.class);
  }

  @Test
  void refusesAFolderThatIsTooLongForSocketPaths() throws Exception {
    Path deep = folder.resolve("d".repeat(DovecotServer.BASE_PATH_BYTES_MAX));
    assertThatThrownBy(() -> DovecotServer.inFolder(deep, folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("choose a shorter folder");
    assertThat(deep).doesNotExist();
  }

  private Mailboxes seed() throws IOException {
    return Mailboxes.seed(
        folder.resolve("mail"),
        List.of(AMARA, BORIS),
        MESSAGES,
        1,
        Instant.parse("2026-11-20T12:00:00Z"));
  }

  private DovecotServer server(Mailboxes mailboxes) throws IOException {
    DovecotServer server = DovecotServer.inFolder(folder.resolve("imap"), mailboxes.folder());
    open.add(server);
    return server;
  }
}
