package dev.counterfoil.cli.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** An auditor with a copy of the key log and the policy: no network, no installation. */
final class KeysAuditCommandTest {
  private static final String ISSUER = "https://login.example/enterprise";

  /** Long ago: a copy of any age tells of its time. */
  private static final Instant NOW = Instant.parse("2026-01-10T12:00:00Z");

  private final SettableClock clock = new SettableClock(NOW);
  private final TestIssuer issuer = new TestIssuer("enterprise", ISSUER, clock);
  private final TestKeys.Es256 key = issuer.addKey();
  private final TestKeys.Es256 other = issuer.addKey();
  private int entries;

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @BeforeEach
  void publish() throws Exception {
    issuer.publish();
    Files.writeString(folder.resolve("policy"), issuer.policy().text());
    // Root, delegation, log, two keys.
    entries = 5;
    copy();
  }

  /** The files of the key log, as any web server has them. */
  private Path copy() throws Exception {
    Path copy = folder.resolve("keys");
    write(copy, "checkpoint");
    write(copy, Tile.of(Tile.ENTRIES, 0, entries).path());
    return copy;
  }

  private void write(Path copy, String path) throws Exception {
    Path file = copy.resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, issuer.get(URI.create(ISSUER + "/logs/keys/" + path), 1 << 24));
  }

  private CommandRun audit(Object... more) {
    Object[] all = new Object[more.length + 5];
    all[0] = "keys";
    all[1] = "audit";
    all[2] = folder.resolve("keys");
    all[3] = "--policy";
    all[4] = folder.resolve("policy");
    System.arraycopy(more, 0, all, 5, more.length);
    return CommandRun.of(all);
  }

  private Path token(String text) throws Exception {
    return Files.writeString(folder.resolve("token"), text);
  }

  @Test
  void sayWhichKeyWasAllowedToSignWhatWhen() {
    CommandRun run = audit();
    assertThat(run.exitCode()).as(run.out()).isZero();
    assertThat(run.out())
        .contains("VERIFIED", key.kid(), other.kid())
        .contains("access/ES256, log s1g1")
        .contains("was allowed to sign from 2026-01-10T12:00:00Z until 2026-01-11T12:00:00Z")
        .contains("at+jwt", "acme", "https://mail.example");
    assertThat(audit("--json").json().has("keys")).isTrue();
  }

  @Test
  void aTokenOfTheKeysTimeAndScopeWasAllowedAndNoOther() throws Exception {
    String good = issuer.draft(key).signed(key);
    CommandRun run = audit("--token", token(good), "--json");
    assertThat(run.exitCode()).as(run.out()).isZero();
    assertThat(run.out()).contains("\"allowed_then\":true");

    CommandRun foreign =
        audit("--token", token(issuer.draft(key).claim("tenant", "umbrella").signed(key)));
    assertThat(foreign.exitCode()).isEqualTo(1);
    assertThat(foreign.out()).startsWith("NOT ALLOWED").contains("tenant");

    CommandRun forged = audit("--token", token(issuer.draft(key).signed(other)));
    assertThat(forged.exitCode()).isEqualTo(1);
    assertThat(forged.out()).contains("this key did not sign it");

    Instant late = NOW.plus(Duration.ofHours(25));
    CommandRun after =
        audit(
            "--token",
            token(issuer.draft(key).times(late, late.plusSeconds(900)).signed(key)),
            "--json");
    assertThat(after.exitCode()).isEqualTo(1);
    assertThat(after.out()).contains("\"reason\":\"ended\"");
    assertThat(audit("--token", token("no token")).exitCode()).isEqualTo(3);
  }

  @Test
  void whatWasTakenBackSinceIsKeptApart() throws Exception {
    String token = issuer.draft(key).signed(key);
    clock.advance(Duration.ofMinutes(10));
    issuer.revokeKey(key.kid(), "s1g1", 0);
    issuer.publish();
    entries = 6;
    copy();
    CommandRun run = audit("--token", token(token));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).startsWith("ALLOWED THEN, TAKEN BACK SINCE");
    assertThat(audit("--kid", other.kid(), "--at", NOW.plusSeconds(60)).exitCode())
        .as("the other one was not")
        .isZero();
    CommandRun later = audit("--kid", key.kid(), "--at", NOW.plus(Duration.ofMinutes(10)));
    assertThat(later.exitCode()).isEqualTo(1);
    assertThat(later.out()).startsWith("NOT ALLOWED").contains("revoked");
    assertThat(audit("--kid", key.kid()).out())
        .contains("was allowed to sign from 2026-01-10T12:00:00Z until 2026-01-10T12:10:00Z")
        .contains("revoked 2026-01-10T12:10:00Z, from position 0");
  }

  @Test
  void aTimeAfterTheCopyAnswersNoAndSaysWhy() {
    assertThat(audit("--kid", key.kid(), "--at", NOW).exitCode()).isZero();
    assertThat(audit("--kid", key.kid(), "--at", NOW.plusSeconds(1)).exitCode()).isEqualTo(1);
  }

  /** Of a token of this second the newest head says nothing yet; the next one does. */
  @Test
  void aFolderThatIsWrittenIsReadUntilItsHeadCoversTheTime() throws Exception {
    clock.advance(Duration.ofSeconds(3));
    Path token = token(issuer.draft(key).signed(key));
    List<Duration> pauses = new ArrayList<>();
    assertThat(
            audit(
                pause -> {
                  pauses.add(pause);
                  clock.advance(pause);
                  publishAgain();
                },
                token))
        .isZero();
    assertThat(pauses).hasSize(1);
  }

  @Test
  void whereNoLaterHeadComesTheAnswerIsNoAndNobodyWaitsForEver() throws Exception {
    clock.advance(Duration.ofSeconds(3));
    Instant begun = clock.instant();
    Path token = token(issuer.draft(key).signed(key));
    assertThat(audit(clock::advance, token)).isEqualTo(1);
    assertThat(Duration.between(begun, clock.instant())).isEqualTo(KeysAuditCommand.LATER_HEAD_MAX);
  }

  @Test
  void aCopyAndATimeToComeAreNotWaitedFor() throws Exception {
    KeysAuditCommand.Pause never =
        pause -> {
          throw new AssertionError("waited for a head that will not come");
        };
    Instant far = NOW.plus(Duration.ofMinutes(1));
    assertThat(audit(never, token(issuer.draft(key).times(far, far.plusSeconds(900)).signed(key))))
        .isEqualTo(1);
    clock.set(far);
    assertThat(audit(never, token(issuer.draft(key).signed(key)))).isEqualTo(1);
    // The control: a copy that covers the time says yes.
    publishAgain();
    assertThat(audit(never, folder.resolve("token"))).isZero();
  }

  private void publishAgain() {
    try {
      issuer.publish();
      copy();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private int audit(KeysAuditCommand.Pause pause, Path token) {
    return new CommandLine(new KeysAuditCommand(clock, pause))
        .execute(
            folder.resolve("keys").toString(),
            "--policy",
            folder.resolve("policy").toString(),
            "--token",
            token.toString());
  }

  @Test
  void anArchiveIsReadAsTheFolderIs() throws Exception {
    Path archive = folder.resolve("keys.zip");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
      for (String path : new String[] {"checkpoint", Tile.of(Tile.ENTRIES, 0, entries).path()}) {
        zip.putNextEntry(new ZipEntry(path));
        zip.write(Files.readAllBytes(folder.resolve("keys").resolve(path)));
        zip.closeEntry();
      }
    }
    CommandRun run =
        CommandRun.of("keys", "audit", archive, "--policy", folder.resolve("policy"), "--json");
    assertThat(run.exitCode()).as(run.out()).isZero();
    assertThat(run.out()).isEqualTo(audit("--json").out());
    assertThat(
            CommandRun.of(
                    "keys", "audit", folder.resolve("policy"), "--policy", folder.resolve("policy"))
                .exitCode())
        .isEqualTo(3);
  }

  @Test
  void oneChangedByteIsNoKeyLog() throws Exception {
    Path bundle = folder.resolve("keys").resolve(Tile.of(Tile.ENTRIES, 0, entries).path());
    byte[] bytes = Files.readAllBytes(bundle);
    bytes[bytes.length - 20] ^= 1;
    Files.write(bundle, bytes);
    assertThat(audit().exitCode()).isEqualTo(1);
  }

  @Test
  void whoAsksWronglyIsToldHow() {
    assertThat(audit("--at", NOW).exitCode()).isEqualTo(3);
    assertThat(audit("--kid", key.kid(), "--at", "some day").exitCode()).isEqualTo(3);
    assertThat(audit("--kid", "unknown").exitCode()).isEqualTo(3);
    assertThat(audit("--kid", "unknown", "--at", NOW, "--json").out())
        .contains("\"reason\":\"not-stated\"");
  }
}
