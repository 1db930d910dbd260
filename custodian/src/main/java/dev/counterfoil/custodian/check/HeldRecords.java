package dev.counterfoil.custodian.check;

import dev.counterfoil.custodian.CustodyRoutes;
import dev.counterfoil.custodian.held.RecordItem;
import dev.counterfoil.custodian.issuer.HttpIssuerSource;
import dev.counterfoil.custodian.issuer.HttpRecordStream;
import dev.counterfoil.custodian.issuer.IssuerUnavailableException;
import dev.counterfoil.custodian.issuer.RecordStream;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Fetches back what a custodian holds of an audit log. Nothing of it is checked here: who takes the
 * records does.
 */
public final class HeldRecords {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** So often in a row a stream may break off without a record. */
  private static final int BREAKS_MAX = 5;

  /** Between two of these, so that a custodian who starts again is not missed. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private static final int REASON_BYTES_MAX = 1024;

  /** In so long a wait so many records come, in whatever pieces: else nobody waits on. */
  private static final Duration WINDOW = Duration.ofMinutes(1);

  static final long RECORDS_MIN = 600;

  private final HttpClient http;
  private final URI custodian;
  private final Supplier<String> token;
  private final Duration pause;
  private final LongSupplier nanos;

  /** How long records were waited for since the last look, and how many came. */
  private long waitedNanos;

  private long takenSince;

  /** Takes records in their order. */
  public interface Taker {
    /** Position of the record that is taken next. */
    long next();

    /** Takes it. */
    void take(byte[] record) throws IOException;
  }

  /**
   * Of a custodian.
   *
   * @param custodian its URL
   * @param token gives an access token for it with scope counterfoil:custody; asked for each part,
   *     as a custodian cuts a long answer so that the token counts anew
   */
  public HeldRecords(HttpClient http, URI custodian, Supplier<String> token) {
    this(http, custodian, token, PAUSE, System::nanoTime);
  }

  HeldRecords(
      HttpClient http, URI custodian, Supplier<String> token, Duration pause, LongSupplier nanos) {
    this.nanos = nanos;
    this.http = http;
    this.custodian = custodian;
    this.token = token;
    this.pause = pause;
  }

  /**
   * Fetches all records; a stream that breaks off is gone on with.
   *
   * @return the checkpoint up to which the custodian says that it holds all
   * @throws IOException when it does not give them
   */
  public SignedNote fetch(NoteKey log, Taker taker) throws IOException, InterruptedException {
    int breaks = 0;
    waitedNanos = 0;
    takenSince = 0;
    while (true) {
      long before = taker.next();
      String why;
      try (RecordStream stream = open(log, before)) {
        List<RecordItem> items = next(stream);
        while (!items.isEmpty()) {
          for (RecordItem item : items) {
            switch (item) {
              case RecordItem.Payload payload -> taker.take(payload.bytes());
              case RecordItem.Head head -> {
                return note(head.note());
              }
              // He has all that he gives: pauses would hold up whoever waits, for ever.
              case RecordItem.Pause pause ->
                  throw new IssuerUnavailableException("the custodian's stream of records pauses");
            }
          }
          items = next(stream);
        }
        why = "the stream of records ended early";
      } catch (IssuerUnavailableException e) {
        why = String.valueOf(e.getMessage());
      }
      breaks = taker.next() > before ? 0 : breaks + 1;
      if (breaks == BREAKS_MAX) {
        throw new IOException(why);
      }
      if (breaks > 0) {
        Thread.sleep(pause);
      }
    }
  }

  /** The next items. A record now and then would hold up whoever waits, for years. */
  private List<RecordItem> next(RecordStream stream)
      throws IOException, IssuerUnavailableException {
    long began = nanos.getAsLong();
    List<RecordItem> items;
    try {
      items = stream.next();
    } finally {
      // Also where it ends in silence: one record before each would be enough to go on for ever.
      waitedNanos += nanos.getAsLong() - began;
    }
    takenSince += items.size();
    if (waitedNanos >= WINDOW.toNanos()) {
      if (takenSince < RECORDS_MIN && items.stream().noneMatch(RecordItem.Head.class::isInstance)) {
        throw new IOException(
            "the custodian gave %d records in a minute, and %d are the least: ask another one"
                .formatted(takenSince, RECORDS_MIN));
      }
      waitedNanos = 0;
      takenSince = 0;
    }
    return items;
  }

  /**
   * The newest checkpoint of the log that the custodian saw: where it is ahead of what he holds,
   * what lies between is lost with the log.
   */
  public Optional<SignedNote> seen(NoteKey log) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(place(log, "seen")).timeout(TIMEOUT).build();
    HttpResponse<InputStream> answer = http.send(request, BodyHandlers.ofInputStream());
    try (InputStream body = answer.body()) {
      if (answer.statusCode() == 404) {
        return Optional.empty();
      }
      byte[] bytes = body.readNBytes(SignedNote.BYTES_MAX + 1);
      if (answer.statusCode() != 200 || bytes.length > SignedNote.BYTES_MAX) {
        throw new IOException("the custodian does not say what it saw of the log");
      }
      return Optional.of(note(bytes));
    }
  }

  private URI place(NoteKey log, String of) {
    return URI.create(custodian + "/logs/" + CustodyRoutes.nameOf(log.name()) + "/" + of);
  }

  private static SignedNote note(byte[] note) throws IOException {
    try {
      return SignedNote.parse(note);
    } catch (FormatException e) {
      throw new IOException("the custodian's checkpoint is no signed note", e);
    }
  }

  private RecordStream open(NoteKey log, long from)
      throws IOException, InterruptedException, IssuerUnavailableException {
    HttpRequest request =
        HttpRequest.newBuilder(place(log, "records?from=" + from))
            .timeout(TIMEOUT)
            .header("Authorization", "Bearer " + token.get())
            .build();
    HttpResponse<InputStream> answer;
    long began = nanos.getAsLong();
    try {
      answer = http.send(request, BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw new IssuerUnavailableException("the custodian does not answer: " + e, e);
    } finally {
      waitedNanos += nanos.getAsLong() - began;
    }
    if (answer.statusCode() == 200) {
      return new HttpRecordStream(answer.body(), TIMEOUT);
    }
    try (InputStream body = answer.body()) {
      throw new IOException(
          switch (answer.statusCode()) {
                case 401, 403 -> "the custodian does not take the access token: ";
                case 404 -> "the custodian holds nothing of " + log.name() + ": ";
                default -> "the custodian answers " + answer.statusCode() + ": ";
              }
              + HttpIssuerSource.reason(body.readNBytes(REASON_BYTES_MAX)));
    }
  }
}
