package dev.counterfoil.operations.shipping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines of Dovecot's file reach an audit log once each, whatever happens between. */
@Tag("turn-1")
class EventShippingTest {
  private static final String CLAIMS =
      "{\\\"iss\\\": \\\"https://login.example\\\", \\\"jti\\\": \\\"s1g1.7.x\\\", \\\"client_id\\\": \\\"mail-app\\\"}";

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // each test starts with it
  private Path file;

  private final List<String> said = new ArrayList<>();

  /** What an audit log holds: each number once. */
  private final Map<Long, AuditEvent> recorded = new TreeMap<>();

  private int fails;
  private Duration heartbeatEvery = Duration.ZERO;
  private long nowMillis = 1_795_737_600_000L;

  @BeforeEach
  void name() {
    file = folder.resolve("events.jsonl");
  }

  private static String read(int uid) {
    return """
        {"event":"mail_opened","start_time":"2026-11-24T23:48:10.600000Z","end_time":"2026-11-24T23:48:10.698497Z","fields":{"user":"alice@enterprise.example","session":"UD3LVw5hMMh/AAAB","remote_ip":"127.0.0.1","mailbox":"INBOX","uid":%d,"cmd_name":"UID FETCH","tok_claims":"%s"}}
        """
        .formatted(uid, CLAIMS);
  }

  private void append(String lines) throws IOException {
    Files.writeString(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private Optional<String> take(byte[] ndjson) throws IOException {
    if (fails-- > 0) {
      throw new IOException("away");
    }
    for (String line : new String(ndjson, StandardCharsets.UTF_8).split("\n", -1)) {
      if (!line.isEmpty()) {
        try {
          AuditEvent event = AuditEvent.parseReported(line.getBytes(StandardCharsets.UTF_8));
          AuditEvent before = recorded.putIfAbsent(event.sequence(), event);
          if (before != null) {
            // The same number is the same event: else the audit log would refuse it.
            assertThat(event.canonicalBytes()).isEqualTo(before.canonicalBytes());
          }
        } catch (FormatException e) {
          throw new IllegalStateException(e);
        }
      }
    }
    return Optional.empty();
  }

  private EventShipping shipping(EventShipping.Target target) {
    return new EventShipping(
        file,
        folder.resolve("state"),
        new DovecotEvents("acme", "dovecot"),
        "mail",
        heartbeatEvery,
        target,
        () -> Instant.ofEpochMilli(nowMillis),
        said::add);
  }

  private void ship() throws Exception {
    // Long enough for a file that was moved away to be given up.
    int[] looks = {60};
    shipping(this::take).run(() -> looks[0]-- > 0 && Files.exists(folder.resolve("wait")));
  }

  private List<String> items() {
    return recorded.values().stream()
        .filter(event -> event.classUid() == 6005)
        .map(event -> String.valueOf(event.json().get("item_uids")))
        .toList();
  }

  @Test
  void whoReadsAnothersMailWithAPasswordOfStaffIsTheActor() throws Exception {
    append(read(1).replace("\"user\":", "\"master_user\":\"mallory\",\"user\":"));
    append(read(2).replace("\"user\":", "\"master_user\":\"\",\"user\":"));
    ship();
    assertThat(recorded.values().stream().filter(event -> event.classUid() == 6005))
        .extracting(event -> event.json().object("actor").object("user").toString())
        .containsExactly(
            "{\"uid\":\"mallory\",\"type_id\":2,\"type\":\"Admin\"}",
            "{\"uid\":\"alice@enterprise.example\"}");
  }

  private boolean hasGap() {
    long last = -1;
    for (long number : recorded.keySet()) {
      if (last >= 0 && number != last + 1) {
        return true;
      }
      last = number;
    }
    return false;
  }

  @Test
  void aReadIsAnEventWithAllThatItTells() throws Exception {
    append(read(7));
    ship();
    AuditEvent event =
        recorded.values().stream().filter(one -> one.classUid() == 6005).findFirst().orElseThrow();
    assertThat(event.keys().entity()).contains("alice@enterprise.example");
    assertThat(event.keys().token()).contains("s1g1.7.x");
    assertThat(event.keys().client()).contains("mail-app");
    assertThat(event.keys().address()).contains("127.0.0.1");
    assertThat(event.keys().session()).contains("UD3LVw5hMMh/AAAB");
    assertThat(event.timeMillis())
        .isEqualTo(Instant.parse("2026-11-24T23:48:10.698Z").toEpochMilli());
    assertThat(items()).containsExactly("[INBOX;UID=7]");
    assertThat(said).isEmpty();
  }

  @Test
  void itGoesOnWhereItWas() throws Exception {
    append(read(1) + read(2));
    ship();
    assertThat(said).isEmpty();
    append(read(3).strip());
    ship();
    assertThat(items()).hasSize(2);
    assertThat(said).singleElement().asString().contains("is not complete yet");
    append("\n" + read(4));
    ship();
    assertThat(items()).hasSize(4);
    assertThat(hasGap()).isFalse();
  }

  @Test
  void whatWasSentAndNotWrittenDownIsSentAgainUnderTheSameNumbers() throws Exception {
    append(read(1) + read(2));
    for (int crash = 0; crash < 3; crash++) {
      try {
        shipping(
                batch -> {
                  take(batch);
                  throw new IllegalStateException("killed after the answer");
                })
            .run(() -> false);
      } catch (IllegalStateException e) {
        assertThat(e).hasMessageContaining("killed");
      }
      append(read(3 + crash));
    }
    ship();
    assertThat(items()).hasSize(5);
    assertThat(hasGap()).isFalse();
  }

  @Test
  void anAuditLogThatIsAwayLosesNothing() throws Exception {
    append(read(1));
    fails = 3;
    ship();
    assertThat(items()).hasSize(1);
    assertThat(said).hasSize(3).allMatch(text -> text.contains("trying again"));
  }

  @Test
  void aFileThatIsMovedAwayIsReadToItsEnd() throws Exception {
    append(read(1));
    ship();
    append(read(2));
    Files.move(file, folder.resolve("events.jsonl.1"));
    append(read(3));
    Files.createFile(folder.resolve("wait"));
    ship();
    assertThat(items()).containsExactly("[INBOX;UID=1]", "[INBOX;UID=2]", "[INBOX;UID=3]");
    assertThat(hasGap()).isFalse();
    assertThat(said).isEmpty();
  }

  @Test
  void theLastLineOfAFileThatWasMovedAwayIsReadAlsoWithoutAnEnd() throws Exception {
    append(read(1));
    ship();
    append(read(2).strip());
    Files.move(file, folder.resolve("events.jsonl.1"));
    append(read(3));
    Files.createFile(folder.resolve("wait"));
    int[] looks = {120};
    shipping(this::take).run(() -> looks[0]-- > 0);
    assertThat(items()).containsExactly("[INBOX;UID=1]", "[INBOX;UID=2]", "[INBOX;UID=3]");
    assertThat(hasGap()).isFalse();
    // One that was cut is missed.
    append(read(4).substring(0, 50));
    Files.move(file, folder.resolve("events.jsonl.2"));
    append(read(5));
    looks[0] = 120;
    shipping(this::take).run(() -> looks[0]-- > 0);
    assertThat(items()).hasSize(4).last().isEqualTo("[INBOX;UID=5]");
    assertThat(hasGap()).isTrue();
    assertThat(said).singleElement().asString().contains("not an event of Dovecot's");
  }

  @Test
  void whatIsRefusedForGoodEndsAfterAWhileWithTheReasonAndIsSentLater() throws Exception {
    append(read(1));
    ship();
    append(read(2));
    String problem = "media-type, send it so";
    int[] sent = {0};
    assertThatThrownBy(
            () ->
                shipping(
                        batch -> {
                          sent[0]++;
                          throw new RefusedAnswerException(415, problem);
                        })
                    .run(() -> false))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("it refuses (415): media-type, send it so");
    assertThat(sent[0]).isEqualTo(EventShipping.REFUSED_MAX);
    ship();
    assertThat(items()).hasSize(2);
    assertThat(hasGap()).isFalse();
    // Too many at the moment is no refusal for good.
    append(read(3));
    fails = 0;
    int[] later = {0};
    shipping(
            batch -> {
              if (later[0]++ < 2) {
                throw new RefusedAnswerException(429, problem);
              }
              return take(batch);
            })
        .run(() -> false);
    assertThat(items()).hasSize(3);
  }

  @Test
  void aStateThatIsTooLongOrNoFileIsRefused() throws Exception {
    append(read(1));
    ship();
    String state = Files.readString(folder.resolve("state"));
    Files.writeString(folder.resolve("state"), " ".repeat(1 << 20) + state);
    assertThatThrownBy(this::ship).hasMessageContaining("is damaged");
    Files.delete(folder.resolve("state"));
    Files.createDirectory(folder.resolve("state"));
    assertThatThrownBy(this::ship).hasMessageContaining("is not a file");
    Files.delete(folder.resolve("state"));
    Files.writeString(folder.resolve("state"), state);
    append(read(2));
    ship();
    assertThat(items()).hasSize(2);
  }

  @Test
  void whatIsGoneIsAGap() throws Exception {
    append(read(1) + read(2));
    ship();
    Files.writeString(file, read(9));
    ship();
    assertThat(items()).containsExactly("[INBOX;UID=1]", "[INBOX;UID=2]", "[INBOX;UID=9]");
    assertThat(hasGap()).isTrue();
    assertThat(said).hasSize(1).first().asString().contains("are gone");
  }

  @Test
  void aLineThatIsNoneIsSaidAndMissedAndBlocksNoOther() throws Exception {
    append("no json\n" + "x".repeat(DovecotEvents.LINE_BYTES_MAX + 1) + "\n{}\n" + read(1));
    ship();
    assertThat(items()).hasSize(1);
    assertThat(hasGap()).isTrue();
    assertThat(said).hasSize(2).allMatch(text -> text.contains("not an event of Dovecot's"));
  }

  @Test
  void whoeverReadsMailKeepsNoEventOutByItsLength() throws Exception {
    String command =
        """
        {"event":"imap_command_finished","end_time":"2026-11-24T23:48:10.698497Z","fields":{"user":"%s","session":"%s","mailbox":"%s","cmd_name":"UID FETCH","cmd_args":"%s","tagged_reply_state":"OK"}}
        """
            .formatted(
                "u".repeat(5000), "s".repeat(5000), "m".repeat(5000), "\\u0007".repeat(30_000));
    append(command + read(1));
    ship();
    assertThat(said).isEmpty();
    assertThat(hasGap()).isFalse();
    List<AuditEvent> access =
        recorded.values().stream().filter(event -> event.classUid() == 6005).toList();
    assertThat(access).hasSize(2);
    assertThat(access.getFirst().keys().entity().orElseThrow()).startsWith("uuu").endsWith("…");
  }

  @Test
  void aFileThatWasMovedTwiceIsReadToItsEndAndTheOneBetweenToo() throws Exception {
    append(read(1));
    ship();
    append(read(2));
    Files.move(file, folder.resolve("events.jsonl.1"));
    append(read(3));
    Files.move(folder.resolve("events.jsonl.1"), folder.resolve("events.jsonl.2"));
    Files.move(file, folder.resolve("events.jsonl.1"));
    append(read(4));
    long base = 1_795_737_600_000L;
    Files.setLastModifiedTime(folder.resolve("events.jsonl.2"), FileTime.fromMillis(base));
    Files.setLastModifiedTime(folder.resolve("events.jsonl.1"), FileTime.fromMillis(base + 1000));
    Files.createFile(folder.resolve("wait"));
    int[] looks = {120};
    shipping(this::take).run(() -> looks[0]-- > 0);
    assertThat(items())
        .containsExactly("[INBOX;UID=1]", "[INBOX;UID=2]", "[INBOX;UID=3]", "[INBOX;UID=4]");
    assertThat(hasGap()).isFalse();
    assertThat(said).isEmpty();
  }

  @Test
  void anotherFileWithTheSameNumberIsNotTakenForTheOld() throws Exception {
    append(read(1) + read(2));
    ship();
    // In its place, as the file system does that gives a number out again: longer than what was.
    Files.writeString(file, read(7) + read(8) + read(9));
    ship();
    assertThat(items())
        .containsExactly(
            "[INBOX;UID=1]", "[INBOX;UID=2]", "[INBOX;UID=7]", "[INBOX;UID=8]", "[INBOX;UID=9]");
    assertThat(hasGap()).isTrue();
    assertThat(said).hasSize(1).first().asString().contains("are gone");
  }

  @Test
  void aHeartbeatSaysThatTheShipperIsThereAndHasOneNumberAlsoOverACrash() throws Exception {
    heartbeatEvery = Duration.ofSeconds(60);
    append(read(1));
    ship();
    assertThat(beats()).hasSize(1);
    ship();
    nowMillis += 60_000;
    try {
      shipping(
              batch -> {
                take(batch);
                throw new IllegalStateException("killed after the answer");
              })
          .run(() -> false);
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageContaining("killed");
    }
    nowMillis += 5_000;
    heartbeatEvery = Duration.ofSeconds(60);
    append(read(2));
    ship();
    assertThat(beats()).hasSizeGreaterThanOrEqualTo(3);
    assertThat(beats().getFirst().json().object("event_source").number("heartbeat_seconds"))
        .isEqualTo(60);
    assertThat(items()).containsExactly("[INBOX;UID=1]", "[INBOX;UID=2]");
    assertThat(hasGap()).isFalse();
  }

  private List<AuditEvent> beats() {
    return recorded.values().stream()
        .filter(event -> event.classUid() == AuditEvent.SOURCE_ACTIVITY && event.activityId() == 1)
        .toList();
  }

  @Test
  void aLinkInThePlaceOfTheStateLeadsNowhere() throws Exception {
    Path victim = folder.resolve("victim");
    Files.writeString(victim, "untouched");
    Files.createSymbolicLink(folder.resolve("state.new"), victim);
    append(read(1));
    ship();
    assertThat(items()).hasSize(1);
    assertThat(victim).hasContent("untouched");
    assertThat(Files.isSymbolicLink(folder.resolve("state"))).isFalse();
  }
}
