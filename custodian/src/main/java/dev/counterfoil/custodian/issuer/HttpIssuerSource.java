package dev.counterfoil.custodian.issuer;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.verifier.reporting.AccessTokenSource;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** An issuer over HTTP, for any thread. */
public final class HttpIssuerSource implements IssuerSource {
  /** The scope that lets a custodian fetch counterfoils. */
  public static final String CUSTODY_SCOPE = "counterfoil:custody";

  /** The scope that lets a monitor ask whether a token was handed out a moment ago. */
  public static final String RELEASED_SCOPE = "counterfoil:released";

  private static final int HTTP_UNAUTHORIZED = 401;
  private static final int HTTP_NOT_FOUND = 404;
  private static final int HTTP_GONE = 410;
  private static final int REASON_BYTES_MAX = 1024;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration BODY_TIME_MAX = Duration.ofSeconds(30);

  /** Whoever waits for a word has other tokens to look at. */
  private static final Duration WORD_TIMEOUT = Duration.ofSeconds(2);

  private static final long EPOCH_MILLIS_MAX = 100_000_000_000_000L;

  private final HttpClient http;
  private final HttpClient direct;
  private final UnaryOperator<String> places;
  private final String records;
  private final Bearer bearer;
  private final Bearer words;
  private final Duration bodyTimeMax;

  /** An access token, and whether the issuer refused it. */
  private static final class Bearer {
    private final AccessTokenSource tokens;
    private volatile boolean rejected;

    Bearer(AccessTokenSource tokens) {
      this.tokens = tokens;
    }

    HttpRequest.Builder request(URI uri) throws IOException {
      String token = tokens.accessToken(rejected);
      rejected = false;
      return HttpRequest.newBuilder(uri)
          .timeout(TIMEOUT)
          .header("Authorization", "Bearer " + token);
    }
  }

  /**
   * Reads an issuer.
   *
   * @param direct for records and for words about them alone, and for no other issuer
   * @param tokens gives the access token of scope {@link #CUSTODY_SCOPE}
   * @param words gives the one of scope {@link #RELEASED_SCOPE}; a custodian asks for none
   */
  public HttpIssuerSource(
      HttpClient http,
      HttpClient direct,
      String issuer,
      AccessTokenSource tokens,
      AccessTokenSource words) {
    this(http, direct, issuer, tokens, words, BODY_TIME_MAX);
  }

  /**
   * Reads a monitor's audit log.
   *
   * @param log prefix of the log's public side, below which its records are
   * @param tokens gives the access token of scope {@link #CUSTODY_SCOPE}
   */
  public static HttpIssuerSource ofAuditLog(HttpClient http, String log, AccessTokenSource tokens) {
    return new HttpIssuerSource(http, http, name -> log, "/records", tokens, tokens, BODY_TIME_MAX);
  }

  /**
   * Reads an issuer.
   *
   * @param bodyTimeMax longest time from an answer's headers to its end
   */
  HttpIssuerSource(
      HttpClient http,
      HttpClient direct,
      String issuer,
      AccessTokenSource tokens,
      AccessTokenSource words,
      Duration bodyTimeMax) {
    // Below the issuer and not the log's own prefix: mirrors of the public side hold none.
    this(
        http,
        direct,
        name -> issuer + "/logs/" + name,
        "/counterfoils",
        tokens,
        words,
        bodyTimeMax);
  }

  private HttpIssuerSource(
      HttpClient http,
      HttpClient direct,
      UnaryOperator<String> places,
      String records,
      AccessTokenSource tokens,
      AccessTokenSource words,
      Duration bodyTimeMax) {
    this.http = http;
    this.direct = direct;
    this.places = places;
    this.records = records;
    this.bearer = new Bearer(tokens);
    this.words = new Bearer(words);
    this.bodyTimeMax = bodyTimeMax;
  }

  @Override
  public byte[] checkpoint(StatedLog log) throws IssuerUnavailableException {
    return get(URI.create(log.url() + "/checkpoint"), SignedNote.BYTES_MAX);
  }

  @Override
  public byte[] entries(StatedLog log, long bundle, long size) throws IssuerUnavailableException {
    Tile tile = Tile.of(Tile.ENTRIES, bundle, size);
    if (!tile.isPartial()) {
      return entries(log, tile);
    }
    try {
      return entries(log, tile);
    } catch (IssuerUnavailableException e) {
      // A partial bundle may be gone once the full one is there (c2sp.org/tlog-tiles).
      return entries(log, new Tile(Tile.ENTRIES, bundle, Tile.FULL_WIDTH));
    }
  }

  private byte[] entries(StatedLog log, Tile tile) throws IssuerUnavailableException {
    // Each entry of a bundle is preceded by its length in two bytes (c2sp.org/tlog-tiles).
    int length = tile.width() * (2 + Leaf.ENTRY_BYTES);
    byte[] body = get(URI.create(log.url() + "/" + tile.path()), Tile.FULL_WIDTH * 64);
    if (body.length < length) {
      throw new IssuerUnavailableException("entry bundle " + tile.path() + " is too short");
    }
    byte[] entries = new byte[tile.width() * Leaf.ENTRY_BYTES];
    for (int i = 0; i < tile.width(); i++) {
      int at = i * (2 + Leaf.ENTRY_BYTES);
      if (body[at] != 0 || body[at + 1] != Leaf.ENTRY_BYTES) {
        throw new IssuerUnavailableException("entry bundle " + tile.path() + " has no leaves");
      }
      System.arraycopy(body, at + 2, entries, i * Leaf.ENTRY_BYTES, Leaf.ENTRY_BYTES);
    }
    return entries;
  }

  @Override
  public byte[] proof(StatedLog log, long position) throws IssuerUnavailableException {
    return get(URI.create(log.url() + "/proof/" + position), SignedNote.BYTES_MAX);
  }

  @Override
  public Optional<byte[]> proof(StatedLog log, Hash digest) throws IssuerUnavailableException {
    try {
      return Optional.of(
          get(URI.create(log.url() + "/proof/digest/" + digest.hex()), SignedNote.BYTES_MAX));
    } catch (NotFoundException e) {
      return Optional.empty();
    }
  }

  /** The issuer answers that there is none. */
  private static final class NotFoundException extends IssuerUnavailableException {
    private static final long serialVersionUID = 1L;

    NotFoundException(URI uri) {
      super(uri + " is not found");
    }
  }

  private byte[] get(URI uri, int bytesMax) throws IssuerUnavailableException {
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(TIMEOUT).build();
    try (InputStream body = send(request)) {
      byte[] bytes = body.readNBytes(bytesMax + 1);
      if (bytes.length > bytesMax) {
        throw new IssuerUnavailableException(uri + " answers more than " + bytesMax + " bytes");
      }
      return bytes;
    } catch (IOException e) {
      throw new IssuerUnavailableException(uri + " broke off: " + e, e);
    }
  }

  @Override
  public RecordStream records(StatedLog log, long from) throws IssuerUnavailableException {
    URI uri = URI.create(places.apply(log.name()) + records + "?from=" + from);
    HttpRequest request;
    try {
      request = bearer.request(uri).header("Accept", RecordStreamWriter.MEDIA_TYPE).build();
    } catch (IOException e) {
      throw new IssuerUnavailableException(String.valueOf(e.getMessage()), e);
    }
    try {
      return new HttpRecordStream(answer(direct, request, bearer), bodyTimeMax);
    } catch (IOException e) {
      throw new IssuerUnavailableException(uri + " broke off: " + e, e);
    }
  }

  @Override
  public SignerWord word(StatedLog log, Hash digest) throws IssuerUnavailableException {
    URI uri = URI.create(places.apply(log.name()) + "/released?digest=" + digest.base64Url());
    try (InputStream body =
        new TimedBody(
            answer(direct, words.request(uri).timeout(WORD_TIMEOUT).build(), words),
            WORD_TIMEOUT)) {
      JsonObject word = StrictJson.object(body.readNBytes(REASON_BYTES_MAX), REASON_BYTES_MAX);
      return new SignerWord(
          word.truth("connected"),
          instant(word, "since_ms"),
          instant(word, "complete_since_ms"),
          word.truth("released"));
    } catch (IOException | FormatException e) {
      throw new IssuerUnavailableException(uri + " is not understood: " + e.getMessage(), e);
    }
  }

  private static Instant instant(JsonObject word, String name) throws FormatException {
    long millis = word.number(name);
    if (millis < 0 || millis > EPOCH_MILLIS_MAX) {
      throw new FormatException("member " + name + " is out of range");
    }
    return Instant.ofEpochMilli(millis);
  }

  /**
   * Tells the issuer what is held of a log. Our cosignature is what admits us: a signer that waits
   * for it issues no token with which to come.
   *
   * @param log its short name
   * @param note the checkpoint with our cosignature
   * @return the answer's status
   */
  public CompletableFuture<Integer> held(String log, byte[] note) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(places.apply(log) + "/held"))
            .timeout(TIMEOUT)
            .header("Content-Type", "text/plain; charset=utf-8")
            .POST(HttpRequest.BodyPublishers.ofByteArray(note))
            .build();
    return direct.sendAsync(request, BodyHandlers.discarding()).thenApply(HttpResponse::statusCode);
  }

  /**
   * Tells a monitor the counts of its audit log (spec/custody.md), as who reads its records.
   *
   * @return the answer's status
   */
  public int counts(String log, byte[] statement) throws IOException, InterruptedException {
    HttpRequest request =
        bearer
            .request(URI.create(places.apply(log) + "/held/counts"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(statement))
            .build();
    int status = http.send(request, BodyHandlers.discarding()).statusCode();
    bearer.rejected |= status == HTTP_UNAUTHORIZED;
    return status;
  }

  private InputStream send(HttpRequest request) throws IOException, IssuerUnavailableException {
    return new TimedBody(answer(http, request, null), bodyTimeMax);
  }

  private InputStream answer(HttpClient by, HttpRequest request, @Nullable Bearer sent)
      throws IOException, IssuerUnavailableException {
    HttpResponse<InputStream> answer;
    try {
      answer = by.send(request, BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IssuerUnavailableException("stopped while waiting for " + request.uri(), e);
    }
    if (answer.statusCode() == HTTP_GONE) {
      try (InputStream body = answer.body()) {
        throw new IssuerUnavailableException(
            request.uri()
                + " gives these counterfoils no more: "
                + reason(body.readNBytes(REASON_BYTES_MAX)));
      }
    }
    if (answer.statusCode() != 200) {
      answer.body().close();
      if (sent != null && answer.statusCode() == HTTP_UNAUTHORIZED) {
        sent.rejected = true;
      }
      throw answer.statusCode() == HTTP_NOT_FOUND
          ? new NotFoundException(request.uri())
          : new IssuerUnavailableException(
              request.uri() + " answers with status " + answer.statusCode());
    }
    return answer.body();
  }

  /** What an error answer says of itself (RFC 6749 5.2), or all of it where it is none. */
  public static String reason(byte[] body) {
    try {
      return StrictJson.object(body, REASON_BYTES_MAX).string("error_description");
    } catch (FormatException e) {
      // Whatever stands between may have answered.
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /** A body that is closed when it was not read in time: the request's timeout ends before it. */
  private static final class TimedBody extends FilterInputStream {
    private final CompletableFuture<Void> read = new CompletableFuture<>();

    TimedBody(InputStream body, Duration timeMax) {
      super(body);
      // Closing wakes the reader with an exception.
      CompletableFuture<Void> _ =
          read.orTimeout(timeMax.toMillis(), TimeUnit.MILLISECONDS)
              .whenComplete((done, late) -> closeWhenLate(body, late));
    }

    private static void closeWhenLate(InputStream body, @Nullable Throwable late) {
      if (late == null) {
        return;
      }
      try {
        body.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() throws IOException {
      read.complete(null);
      super.close();
    }
  }
}
