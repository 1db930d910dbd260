package dev.counterfoil.disclosure.desk;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.disclosure.TestIssuer;
import dev.counterfoil.disclosure.clocks.ClockPack;
import dev.counterfoil.disclosure.record.DisclosureLog;
import dev.counterfoil.disclosure.record.DisclosureRecord;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.DisclosureKeyStated;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.signerprotocol.Answer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** A desk on a real disk, with a registrar that has stated its keys, and a clock that is set. */
final class DeskWorld implements AutoCloseable {
  static final String ANNA = "anna";
  static final String BEN = "ben";

  final TestIssuer issuer;
  final Path folder;
  Instant now = TestIssuer.NOW;
  private final DisclosureLog log;
  final DisclosureRecord record;
  final OwnKeys keys;
  final PublishingDesk publishing;
  final DisclosureDesk desk;

  DeskWorld(Path folder) throws Exception {
    this(folder, new TestIssuer("consumer"));
  }

  DeskWorld(Path folder, TestIssuer issuer) throws Exception {
    this.folder = folder;
    this.issuer = issuer;
    Path policy = folder.resolve("policy.txt");
    Files.writeString(policy, issuer.policy().text());
    DisclosureConfiguration configuration =
        new DisclosureConfiguration(
            policy,
            "consumer.example/disclosure",
            folder.resolve("own"),
            folder.resolve("public"),
            "consumer.example/disclosure",
            new UnixSocketPath(folder.resolve("admin.sock")),
            List.of(),
            Optional.empty(),
            List.of(),
            URI.create("http://127.0.0.1:8481"),
            "counterfoil-disclosure",
            SecretFile.at(DisclosureAuditTest.clientKey(folder.resolve("client.jwk"))),
            true,
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Duration.ofHours(24));
    InstantSource clock = () -> now;
    keys =
        OwnKeys.openOrMake(
            FileDisk.privateFolder(configuration.folder()),
            issuer.policy(),
            configuration.origin());
    log =
        DisclosureLog.open(
            configuration.folder(),
            configuration.publicFolder().resolve(DisclosureLog.FOLDER),
            keys.notes(),
            new SecureRandom());
    record = new DisclosureRecord(log);
    publishing = new PublishingDesk(record, keys, configuration, "consumer", clock);
    desk =
        new DisclosureDesk(
            record, keys, ClockPack.all(List.of()), clock, new SecureRandom(), publishing);
    publishing.writePages();
    if (keys.stated().isEmpty()) {
      JsonObject request = did(ANNA, "key-request", JsonObject.builder().build());
      did(ANNA, "take-key", issuer.state(DisclosureKeyStated.parse(request)).toJson());
    }
  }

  JsonObject did(String by, String command, JsonObject arguments) throws IOException {
    Answer answer = desk.carryOut(command, arguments, by);
    if (answer instanceof Answer.Done done) {
      return done.result();
    }
    throw new IOException(command + ": " + answer);
  }

  Answer.Refused refused(String by, String command, JsonObject arguments) {
    return (Answer.Refused) desk.carryOut(command, arguments, by);
  }

  static JsonObject about(String incident) {
    return JsonObject.builder().put("incident", incident).build();
  }

  /** The incident of two tenants that all tests begin with. */
  void open() throws Exception {
    open(List.of(account("acme", "alice"), account("zeta", "zoe")));
  }

  /** The same incident as the monitor knows it later. */
  void open(List<JsonObject> accounts) throws Exception {
    did(
        ANNA,
        "incident-part",
        JsonObject.builder()
            .put("first", true)
            .put("accounts", accounts)
            .put(
                "entities",
                List.of(
                    JsonObject.builder()
                        .put("tenant", "acme")
                        .put("entity", "mailbox alice")
                        .put("items", 12)
                        .put("first_ms", now.toEpochMilli())
                        .put("last_ms", now.toEpochMilli())
                        .build()))
            .build());
    did(
        ANNA,
        "open",
        JsonObject.builder()
            .put("id", "7")
            .put("domain", "consumer")
            .put("severity", "critical")
            .put("first_ms", now.toEpochMilli())
            .put("last_ms", now.toEpochMilli())
            .put("keys", List.of("kid-1"))
            .put("not_known", List.of())
            .build());
  }

  JsonObject account(String tenant, String subject) {
    return JsonObject.builder()
        .put("tenant", tenant)
        .put("subject", subject)
        .put("first_seen_at_ms", now.toEpochMilli())
        .put("last_seen_at_ms", now.toEpochMilli())
        .put("tokens", 3)
        .put("accepted", 2)
        .put("services", List.of("mail"))
        .build();
  }

  String claim(String state, String text, String reason, List<String> evidence) throws Exception {
    return did(
            ANNA,
            "claim-add",
            about("7")
                .with(
                    "claim",
                    JsonObject.builder()
                        .put("state", state)
                        .put("text", text)
                        .put("reason", reason)
                        .put("evidence", evidence)
                        .build()))
        .string("claim");
  }

  void texts(String name, String text) throws Exception {
    did(ANNA, "texts", about("7").with("texts", JsonObject.builder().put(name, text).build()));
  }

  /** Three claims and all texts: ready to be approved. */
  void ready() throws Exception {
    open();
    claim("confirmed", "A signing key was used outside its signer.", "", List.of("finding 17"));
    claim(
        "hypothesis", "The key left the signer in a crash dump.", "a dump with the key", List.of());
    claim("unknown", "We do not know who holds the key.", "the police looks", List.of());
    texts("headline", "A signing key was stolen");
    texts("summary", "Tokens were forged for accounts of some tenants.");
    texts("advice", "Treat the mailboxes named in your notice as read.");
    texts("next-word", now.plus(Duration.ofDays(1)).toString());
  }

  String draft() throws Exception {
    return did(ANNA, "draft", about("7")).string("draft");
  }

  JsonObject publish() throws Exception {
    String draft = draft();
    did(BEN, "approve", about("7").with("draft", draft));
    return did(ANNA, "publish", about("7").with("draft", draft));
  }

  @Override
  public void close() throws IOException {
    log.close();
  }
}
