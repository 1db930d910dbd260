package dev.counterfoil.signerprotocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.SignedNote;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests and answers as bytes. */
class MessageTest {
  private static final int BODY = 4 + Frame.HEADER_BYTES;
  private static final int MUTATIONS = 20_000;

  static IssueRequest issue() {
    return new IssueRequest(
        "at+jwt",
        "acme",
        "robot",
        "client-1",
        List.of("mail", "fïles"),
        "read write",
        300,
        "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
        JsonObject.builder().put("roles", List.of("a", "b")).put("n", 7).build(),
        new IssueRequest.Ground("private_key_jwt", "jti-1"),
        "192.0.2.7",
        1_764_000_000_000L);
  }

  static Stream<Request> requests() {
    return Stream.of(
        issue(),
        new IssueRequest(
            "at+jwt",
            "acme",
            "s",
            "c",
            List.of("a"),
            "",
            1,
            null,
            null,
            new IssueRequest.Ground("client_secret_basic", ""),
            "",
            0),
        new Request.ReadRecords("s1g1", 5, Request.ReadRecords.COUNT_MAX),
        new Request.ReadRecords("s1g1", 5, 1, Request.ReadRecords.WAIT_MILLIS_MAX),
        Commands.revokeToken(
            "s1g1", 7, Instant.ofEpochSecond(9), new SignedNote("log\n8\n", List.of())),
        new RecordDigests(
            "d1g1",
            "legacy",
            "0123456789abcdef".repeat(2),
            7,
            List.of(Hash.sha256(), Hash.sha256(new byte[1]))),
        Commands.recordLog("legacy"),
        Commands.status());
  }

  static Stream<Answer> answers() {
    return Stream.of(
        new Answer.Issued("a.b.c", 123_456_789_012L),
        new Answer.Records(0, new byte[0], new byte[0]),
        new Answer.Records(2, new byte[] {0, 0, 0, 1, 7, 0, 0, 0, 0}, new byte[] {9}),
        new Answer.Recorded(List.of(7L, 0L, 123_456_789_012L)),
        new Answer.Done(JsonObject.builder().put("ok", true).build()),
        new Answer.Refused(Answer.Code.QUOTA, "used up"));
  }

  private static ByteBuffer body(byte[] frame) {
    return ByteBuffer.wrap(frame, BODY, frame.length - BODY).slice();
  }

  private static byte kind(byte[] frame) {
    return frame[5];
  }

  @ParameterizedTest
  @MethodSource("requests")
  void aRequestIsReadAsItWasWritten(Request request) throws Exception {
    byte[] frame = Request.encode(request, 42);
    assertThat(ByteBuffer.wrap(frame).getInt()).isEqualTo(frame.length - 4);
    assertThat(ByteBuffer.wrap(frame).getLong(6)).isEqualTo(42);
    assertThat(Request.decode(kind(frame), body(frame))).isEqualTo(request);
  }

  @Test
  void noRequestAsksForMoreClaimsThanVerifiersRead() throws Exception {
    byte[] most = Request.encode(withGroups(191), 1);
    assertThat(Request.decode(kind(most), body(most))).isEqualTo(withGroups(191));
    byte[] more = Request.encode(withGroups(192), 1);
    assertThatThrownBy(() -> Request.decode(kind(more), body(more)))
        .isInstanceOf(FormatException.class);
  }

  private static IssueRequest withGroups(int count) {
    IssueRequest like = issue();
    return new IssueRequest(
        like.tokenType(),
        like.tenant(),
        like.subject(),
        like.clientId(),
        like.audiences(),
        like.scope(),
        like.lifeSeconds(),
        like.confirmation(),
        JsonObject.builder().put("groups", Collections.nCopies(count, "g")).build(),
        like.ground(),
        like.clientAddress(),
        like.requestedAtMillis());
  }

  @ParameterizedTest
  @MethodSource("answers")
  void anAnswerIsReadAsItWasWritten(Answer answer) throws Exception {
    byte[] frame = Answer.encode(answer, 43);
    assertThat(Answer.decode(kind(frame), body(frame))).isEqualTo(answer);
  }

  @ParameterizedTest
  @MethodSource("requests")
  void aRequestThatIsCutShortOrGoesOnIsRefused(Request request) {
    byte[] frame = Request.encode(request, 1);
    for (int length = BODY; length < frame.length; length++) {
      byte[] cut = Arrays.copyOf(frame, length);
      assertThatThrownBy(() -> Request.decode(kind(cut), body(cut)))
          .as("cut at " + length)
          .isInstanceOf(FormatException.class);
    }
    byte[] longer = Arrays.copyOf(frame, frame.length + 1);
    assertThatThrownBy(() -> Request.decode(kind(longer), body(longer)))
        .isInstanceOf(FormatException.class);
  }

  @ParameterizedTest
  @MethodSource("answers")
  void anAnswerThatIsCutShortIsRefused(Answer answer) {
    byte[] frame = Answer.encode(answer, 1);
    for (int length = BODY; length < frame.length; length++) {
      byte[] cut = Arrays.copyOf(frame, length);
      assertThatThrownBy(() -> Answer.decode(kind(cut), body(cut)))
          .isInstanceOf(FormatException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("requests")
  void bytesChangedAtRandomAreReadOrRefusedAndNothingElse(Request request) {
    SplittableRandom random = new SplittableRandom(1);
    byte[] frame = Request.encode(request, 1);
    int read = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] mutant = mutant(frame, random);
      try {
        Request.decode(kind(mutant), body(mutant));
        read++;
      } catch (FormatException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
    assertThat(read).isBetween(1, MUTATIONS - 1);
  }

  @ParameterizedTest
  @MethodSource("answers")
  void bytesOfAnAnswerChangedAtRandomAreReadOrRefusedAndNothingElse(Answer answer) {
    SplittableRandom random = new SplittableRandom(2);
    byte[] frame = Answer.encode(answer, 1);
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] mutant = mutant(frame, random);
      try {
        Answer.decode(kind(mutant), body(mutant));
      } catch (FormatException e) {
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  /** One to four bytes changed, or the end cut or doubled. */
  private static byte[] mutant(byte[] frame, SplittableRandom random) {
    byte[] mutant = frame.clone();
    switch (random.nextInt(4)) {
      case 0 -> mutant = Arrays.copyOf(frame, random.nextInt(BODY, frame.length + 1));
      case 1 -> {
        mutant = Arrays.copyOf(frame, frame.length + random.nextInt(64));
      }
      default -> {
        for (int i = random.nextInt(1, 5); i > 0; i--) {
          mutant[random.nextInt(5, mutant.length)] = (byte) random.nextInt();
        }
      }
    }
    return mutant;
  }

  @Test
  void textIsUtf8OrRefused() throws Exception {
    for (String text : List.of("", "plain", "fïles", "\ud83d\udd11", "\ufffd stands for itself")) {
      assertThat(text(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(text);
    }
    for (byte[] bad :
        List.of(
            new byte[] {'a', (byte) 0x80},
            new byte[] {(byte) 0xc3},
            new byte[] {(byte) 0xc0, (byte) 0xaf},
            new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
            new byte[] {(byte) 0xef, (byte) 0xbf, (byte) 0xbd, (byte) 0xff})) {
      assertThatThrownBy(() -> text(bad))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("UTF-8");
    }
  }

  private static String text(byte[] bytes) throws FormatException {
    ByteBuffer body = ByteBuffer.allocate(2 + bytes.length);
    return new Frame.Reader(body.putShort((short) bytes.length).put(bytes).flip()).text();
  }

  @Test
  void everyFieldHasALimit() {
    String longest = "x".repeat(IssueRequest.TEXT_MAX);
    assertThat(withSubject(longest).subject()).isEqualTo(longest);
    assertThatThrownBy(() -> withSubject(longest + "x"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(withAudiences(IssueRequest.AUDIENCES_MAX).audiences()).hasSize(16);
    assertThatThrownBy(() -> withAudiences(IssueRequest.AUDIENCES_MAX + 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> withAudiences(0)).isInstanceOf(IllegalArgumentException.class);
    assertThat(withDigests(RecordDigests.COUNT_MAX).digests()).hasSize(1_000);
    assertThatThrownBy(() -> withDigests(RecordDigests.COUNT_MAX + 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> withDigests(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Request.ReadRecords("s1g1", -1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Request.ReadRecords("s1g1", 0, Request.ReadRecords.COUNT_MAX + 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> new Request.ReadRecords("s1g1", 0, 1, Request.ReadRecords.WAIT_MILLIS_MAX + 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void recordsAreTakenApartAsTheyWerePacked() throws Exception {
    byte[] packed = {0, 0, 0, 2, 7, 8, 0, 0, 0, 0};
    assertThat(new Answer.Records(2, packed, new byte[0]).payloads())
        .containsExactly(new byte[] {7, 8}, new byte[0]);
    assertThatThrownBy(() -> new Answer.Records(1, packed, new byte[0]).payloads())
        .isInstanceOf(FormatException.class);
    assertThatThrownBy(
            () -> new Answer.Records(1, new byte[] {0, 0, 0, 2, 7}, new byte[0]).payloads())
        .isInstanceOf(FormatException.class);
  }

  private static RecordDigests withDigests(int count) {
    return new RecordDigests(
        "d1g1", "legacy", "0".repeat(32), 0, Collections.nCopies(count, Hash.sha256()));
  }

  private static IssueRequest withSubject(String subject) {
    IssueRequest r = issue();
    return new IssueRequest(
        r.tokenType(),
        r.tenant(),
        subject,
        r.clientId(),
        r.audiences(),
        r.scope(),
        r.lifeSeconds(),
        r.confirmation(),
        r.moreClaims(),
        r.ground(),
        r.clientAddress(),
        r.requestedAtMillis());
  }

  private static IssueRequest withAudiences(int count) {
    IssueRequest r = issue();
    return new IssueRequest(
        r.tokenType(),
        r.tenant(),
        r.subject(),
        r.clientId(),
        Collections.nCopies(count, "a"),
        r.scope(),
        r.lifeSeconds(),
        r.confirmation(),
        r.moreClaims(),
        r.ground(),
        r.clientAddress(),
        r.requestedAtMillis());
  }

  @Test
  void aTokenIsNotPrinted() {
    assertThat(new Answer.Issued("secret.token.text", 7).toString()).doesNotContain("secret");
  }

  @Test
  void aTextIsReadFromACommandWhereItIsOne() {
    Request.Command command =
        new Request.Command("any", JsonObject.builder().put("log", "s1g1").put("size", 7).build());
    assertThat(command.text("log")).contains("s1g1");
    assertThat(command.text("size")).isEmpty();
    assertThat(command.text("kid")).isEmpty();
  }
}
