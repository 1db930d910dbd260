package dev.counterfoil.audit.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.audit.names.EventPeople;
import dev.counterfoil.audit.names.EventRow;
import dev.counterfoil.audit.names.EventRowTest;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.audit.AuditLeaf;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is put together of a row is what went into it, to the byte, and else nothing. */
class RowAssemblyTest {
  private static final Path VECTORS =
      Path.of(System.getProperty("counterfoil.root"), "vectors", "audit-events");

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // each test starts with one
  private Names names;

  @BeforeEach
  void open() throws IOException {
    names = Names.open(FileDisk.privateFolder(folder), true, new SecureRandom());
  }

  @AfterEach
  void close() throws IOException {
    names.close();
  }

  private static AuditEvent received(byte[] event) throws FormatException {
    return AuditEvent.parseReported(event).received("trial/mail", SampleEvents.TIME + 7);
  }

  /** What it writes behind what is there already; empty where that is not the event. */
  private Optional<byte[]> written(StoreRow row, AuditEvent event) throws FormatException {
    byte[] salt = EventPeople.of(names, event).salt(event);
    Hash digest = AuditLeaf.of(salt, event.canonicalBytes()).digest();
    JsonBytes out = new JsonBytes(3).put("before".getBytes(StandardCharsets.US_ASCII));
    byte[] found = new RowAssembly(names, EventPeople.fence(event)).write(row, digest, out);
    byte[] all = Arrays.copyOf(out.bytes(), out.length());
    assertThat(new String(all, 0, 6, StandardCharsets.US_ASCII)).isEqualTo("before");
    if (found == null) {
      assertThat(all).hasSize(6);
      return Optional.empty();
    }
    assertThat(found).isEqualTo(salt);
    return Optional.of(Arrays.copyOfRange(all, 6, all.length));
  }

  /** Holds both ways against the event. */
  private void same(AuditEvent event) throws Exception {
    StoreRow row = SampleEvents.row(names, event);
    assertThat(row.event().event().canonicalBytes()).isEqualTo(event.canonicalBytes());
    assertThat(written(row, event))
        .as(event.json().toString())
        .hasValueSatisfying(bytes -> assertThat(bytes).isEqualTo(event.canonicalBytes()));
  }

  @Test
  void strangeEventsAreTheSame() throws Exception {
    for (String members : EventRowTest.STRANGE) {
      same(EventRowTest.received(EventRowTest.with(members)));
    }
  }

  @Test
  void anyEventIsTheSame() throws Exception {
    for (int seed = 0; seed < 3000; seed++) {
      same(EventRowTest.any(seed));
    }
  }

  /** Events of each class, of our own parts and of services. */
  @Test
  void theEventsOfTheVectorsAreTheSame() throws Exception {
    List<Long> classes = new ArrayList<>();
    try (Stream<Path> files = Files.list(VECTORS)) {
      for (Path file : files.filter(one -> one.toString().endsWith(".json")).sorted().toList()) {
        JsonObject vector = StrictJson.object(Files.readAllBytes(file), 1 << 20);
        if (!vector.string("expect").startsWith("refused")) {
          AuditEvent event = received(vector.object("event").canonicalBytes());
          same(event);
          classes.add(event.classUid());
        }
      }
    }
    assertThat(classes)
        .contains(
            6005L,
            6003L,
            AuditEvent.TOKEN_ACTIVITY,
            AuditEvent.KEY_ACTIVITY,
            AuditEvent.SOURCE_ACTIVITY);
  }

  /** Names that are ordered otherwise than their bytes may be. */
  @Test
  void namesBeyondAsciiAreInOrder() throws Exception {
    for (String members :
        List.of(
            ",\"é\":1,\"ü\":2",
            ",\"\\u0001\":1,\"\\u0002\":2",
            ",\"\\\"\":1,\"#\":2",
            ",\"\\n\":1,\"\\u0001\":2,\" \":3",
            ",\"\uFB33\":1,\"\uD83D\uDE00\":2,\"z\":3")) {
      same(EventRowTest.received(EventRowTest.with(members)));
    }
  }

  @Test
  void peopleAddressesAndSessionsAreThere() throws Exception {
    for (String actor :
        List.of("box@acme.example", "other \\\"one\\\" \\\\ \\n\\u0001 é😀", "=eq", "~tilde")) {
      same(
          EventRowTest.received(
              EventRowTest.with("")
                  .replace(
                      "\"actor\":{",
                      "\"session\":{\"uid\":\"s-1\"},\"actor\":{\"user\":{\"uid\":\""
                          + actor
                          + "\"},")));
    }
  }

  /** Where nobody is named, and beyond the names that there may be. */
  @Test
  void eventsOfNobodyAreThere() throws Exception {
    AuditEvent named = EventRowTest.received(EventRowTest.with(""));
    StoreRow row = SampleEvents.row(names, named);
    assertThat(row.columns()[EventRow.ENTITY]).isNotNull();
    same(
        EventRowTest.received(
            EventRowTest.with("").replaceFirst("\"databucket\":\\{[^}]*\\},", "")));
  }

  /** A name of a log stands in the salt. */
  @Test
  void logsOfASourceAreTold() throws Exception {
    for (String log : List.of("imap", "acme", "é", "box@acme.example")) {
      same(
          EventRowTest.received(
              EventRowTest.with("")
                  .replace("\"version\"", "\"log_name\":\"" + log + "\",\"version\"")));
    }
    same(
        EventRowTest.received(
            EventRowTest.with("").replace("\"version\"", "\"log_name\":\"a\\\\b\",\"version\"")));
  }

  @Test
  void aRowThatWasChangedIsNotWritten() throws Exception {
    AuditEvent event = EventRowTest.received(EventRowTest.with(",\"item_uids\":[\"<1@acme>\"]"));
    StoreRow row = SampleEvents.row(names, event);
    assertThat(written(row, event)).isPresent();
    String rest = new String(row.rest(), StandardCharsets.UTF_8);
    for (String changed :
        List.of(
            rest.replace("5.5", "15.5"),
            rest.replace("5.5", "-.5"),
            rest.replace("5.5", "9"),
            rest.replace("5.5", "8.5"),
            rest.replace("5.5", "null"),
            rest.replace("\"\":0", "\"\":1"),
            rest.replace("\"\":0", "\"\":-1"),
            rest.replace("\"\":0", "\"\":0.5"),
            rest.substring(1),
            rest.substring(0, rest.length() - 1),
            "",
            "{}")) {
      assertThat(changed).isNotEqualTo(rest);
      StoreRow other = with(row, changed.getBytes(StandardCharsets.UTF_8));
      assertThat(written(other, event)).as(changed).isEmpty();
      assertThatThrownBy(other::event).as(changed).isInstanceOf(FormatException.class);
    }
    String other = rest.replace("\"severity_id\":1", "\"severity_id\":2");
    assertThat(written(with(row, other.getBytes(StandardCharsets.UTF_8)), event)).isEmpty();
    byte[] words = Objects.requireNonNull(row.words());
    words[words.length - 1] ^= 1;
    assertThat(written(row, event)).as("words").isEmpty();
    assertThatThrownBy(row::event).isInstanceOf(FormatException.class);
  }

  /** What is put in place of a mark may be long, and there may be many marks. */
  @Test
  void aRowGrowsNoLongerThanAnEventMayBe() throws Exception {
    AuditEvent event =
        EventRowTest.received(EventRowTest.with("").replace("s1g1.3.x", "t".repeat(1000)));
    StoreRow row = SampleEvents.row(names, event);
    for (String many :
        List.of(
            "{\"a\":[" + "5.5,".repeat(10_000) + "5.5]}",
            "{\"a\":" + "{\"a\":5.5,\"b\":".repeat(9) + "1" + "}".repeat(9) + "}",
            "{\"a\":" + "[".repeat(5000) + "]".repeat(5000) + "}")) {
      JsonBytes out = new JsonBytes(16);
      assertThat(
              new RowAssembly(names, EventPeople.fence(event))
                  .write(
                      with(row, many.getBytes(StandardCharsets.UTF_8)),
                      Hash.of(new byte[Hash.BYTES]),
                      out))
          .isNull();
      assertThat(out.bytes().length).isLessThan(4 * AuditEvent.BYTES_MAX);
    }
  }

  private static StoreRow with(StoreRow row, byte[] rest) {
    return new StoreRow(
        row.names(), row.position(), row.words(), row.numbers(), row.columns(), row.items(), rest);
  }
}
