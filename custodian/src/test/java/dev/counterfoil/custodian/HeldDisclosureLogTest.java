package dev.counterfoil.custodian;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.following.LogAlarms;
import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.log.read.StaticLogSource;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A custodian takes what extends the log that it has, and tells of anything else. */
class HeldDisclosureLogTest {
  private static final String ORIGIN = "login.example/disclosure";

  @TempDir private Path folder;
  private final List<Alarm> alarms = new ArrayList<>();

  @SuppressWarnings("NullAway.Init") // each test begins with it
  private NoteSigner signer;

  /** What is published at this moment. */
  private LogSource published = new StaticLogSource(Path.of("nowhere"));

  @BeforeEach
  void key() throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    byte[] encoded = pair.getPublic().getEncoded();
    NoteKey key = new NoteKey(ORIGIN, Hash.read(encoded, encoded.length - Hash.BYTES));
    signer =
        new NoteSigner() {
          @Override
          public NoteKey key() {
            return key;
          }

          @Override
          public byte[] sign(byte[] text) throws GeneralSecurityException {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(pair.getPrivate());
            signature.update(text);
            return signature.sign();
          }
        };
  }

  /** A log of its own below a name, with these entries behind those that it has. */
  private void publish(String name, String... entries) throws Exception {
    Path at = folder.resolve(name);
    try (EntryLog log =
        EntryLog.open(
            FileDisk.privateFolder(at.resolve("journal")),
            FileDisk.publicFolder(at.resolve("public")),
            JournalOptions.STATEMENTS,
            signer,
            _ -> List.of(),
            new SecureRandom())) {
      for (String entry : entries) {
        log.append(List.of(entry.getBytes(StandardCharsets.UTF_8)));
      }
      assertThat(log.publish()).isTrue();
    }
    published = new LogReader(FileDisk.toRead(at.resolve("public")));
  }

  private HeldDisclosureLog open() throws Exception {
    return new HeldDisclosureLog(
        new DisclosureLogPlace("enterprise", signer.key(), URI.create("https://login.example/d")),
        new LogSource() {
          @Override
          public byte[] checkpoint() throws IOException {
            return published.checkpoint();
          }

          @Override
          public byte[] tile(Tile tile) throws IOException {
            return published.tile(tile);
          }
        },
        folder.resolve("held"),
        new LogAlarms("enterprise", ORIGIN, alarms::add, () -> Instant.EPOCH));
  }

  private static long size(HeldDisclosureLog log) {
    return log.vouched().orElseThrow().checkpoint().size();
  }

  /** Another one after each write. */
  private @Nullable Object checkpointFile() throws IOException {
    Path file = folder.resolve("held").resolve("checkpoint");
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  @Test
  void aLogThatGrowsIsHeldAlsoOverAStart() throws Exception {
    publish("log", "a", "b");
    try (HeldDisclosureLog held = open()) {
      held.look();
      assertThat(size(held)).isEqualTo(2);
    }
    publish("log", "c");
    try (HeldDisclosureLog held = open()) {
      assertThat(size(held)).isEqualTo(2);
      held.look();
      var written = checkpointFile();
      held.look();
      assertThat(checkpointFile()).as("an unchanged log is not written again").isEqualTo(written);
      assertThat(size(held)).isEqualTo(3);
      assertThat(held.file(new Tile(Tile.ENTRIES, 0, 3))).isPresent();
      assertThat(alarms).isEmpty();
    }
  }

  @Test
  void aRewrittenLogIsAnAlarmOnceAndWhatIsHeldStays() throws Exception {
    publish("log", "a", "b");
    try (HeldDisclosureLog held = open()) {
      held.look();
      publish("same-size", "a", "B");
      held.look();
      publish("larger", "a", "B", "c", "d");
      held.look();
      held.look();
      publish("smaller", "a");
      held.look();
      assertThat(alarms)
          .extracting(alarm -> alarm.kind().text())
          .containsExactly("log-fork", "log-fork", "log-rollback");
      assertThat(size(held)).isEqualTo(2);
      publish("log", "c");
      held.look();
      assertThat(size(held)).isEqualTo(3);
    }
  }

  @Test
  void whatCannotBeReadIsNoAlarmAndNothingNew() throws Exception {
    publish("log", "a", "b");
    try (HeldDisclosureLog held = open()) {
      held.look();
      published = new StaticLogSource(folder.resolve("nowhere"));
      held.look();
      assertThat(size(held)).isEqualTo(2);
      assertThat(alarms).isEmpty();
    }
  }
}
