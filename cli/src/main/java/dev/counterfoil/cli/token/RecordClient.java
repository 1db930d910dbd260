package dev.counterfoil.cli.token;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.verifier.reporting.AccessTokenSource;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Hands in digests at an issuer's record door, as a source does. */
final class RecordClient {
  /** Most digests of one request. */
  static final int COUNT_MAX = 1_000;

  private static final Duration TIMEOUT = Duration.ofSeconds(15);
  private static final int ANSWER_BYTES_MAX = 64 * 1024;

  /** How often a request is made again: for about a minute, in which a process starts again. */
  static final int AGAIN_MAX = 60;

  private static final Duration AGAIN_AFTER = Duration.ofSeconds(1);

  private final URI door;
  private final AccessTokenSource tokens;
  private final HttpClient http;
  private final int againMax;

  /**
   * Where digests stand.
   *
   * @param log short name of the log
   * @param positions in the order of the digests
   */
  record Recorded(String log, List<Long> positions) {}

  /**
   * A client of an issuer's door.
   *
   * @param againMax how often a request is made again
   * @throws IOException when there is no access token to be had: then it makes no sense to go on
   */
  RecordClient(String issuer, AccessTokenSource tokens, HttpClient http, int againMax)
      throws IOException {
    tokens.accessToken(false);
    this.door = URI.create(issuer + "/record");
    this.tokens = tokens;
    this.http = http;
    this.againMax = againMax;
  }

  /**
   * Records digests, again and again while the door does not take them: a digest that is recorded
   * keeps its position.
   */
  Recorded record(List<Hash> digests) throws InterruptedException {
    byte[] body = new byte[digests.size() * Hash.BYTES];
    for (int i = 0; i < digests.size(); i++) {
      digests.get(i).write(body, i * Hash.BYTES);
    }
    boolean rejected = false;
    for (int left = againMax; ; left--) {
      String why;
      try {
        HttpResponse<byte[]> response = send(body, rejected);
        int status = response.statusCode();
        if (status == 200) {
          return recorded(response.body(), digests.size());
        }
        why = refusal(status, response.body());
        boolean expired = status == 401 && !rejected;
        if (!expired && status != 429 && status != 503) {
          throw CommandFailure.unavailable(why);
        }
        rejected = expired;
      } catch (IOException e) {
        why = "the record door at " + door + " does not answer: " + e.getMessage();
      }
      if (left == 0) {
        throw CommandFailure.unavailable(why);
      }
      if (!rejected) {
        Thread.sleep(AGAIN_AFTER);
      }
    }
  }

  private HttpResponse<byte[]> send(byte[] body, boolean rejected)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(door)
            .timeout(TIMEOUT)
            .header("Content-Type", "application/vnd.counterfoil.digests")
            .header("Authorization", "Bearer " + tokens.accessToken(rejected))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  private static Recorded recorded(byte[] body, int count) {
    try {
      JsonObject answer = StrictJson.object(body, ANSWER_BYTES_MAX);
      List<Long> positions = new ArrayList<>();
      if (answer.get("positions") instanceof List<?> list) {
        for (Object position : list) {
          if (!(position instanceof Number number)) {
            throw new FormatException("a position is no number");
          }
          positions.add(number.longValue());
        }
      }
      if (positions.size() != count) {
        throw new FormatException(positions.size() + " positions for " + count + " digests");
      }
      return new Recorded(answer.string("log"), positions);
    } catch (FormatException e) {
      throw CommandFailure.unavailable("the record door's answer is malformed: " + e.getMessage());
    }
  }

  private static String refusal(int status, byte[] body) {
    try {
      JsonObject answer = StrictJson.object(body, ANSWER_BYTES_MAX);
      return "the record door refused (%d %s): %s"
          .formatted(
              status,
              answer.string("error"),
              answer.optionalString("error_description").orElse("no description"));
    } catch (FormatException e) {
      return "the record door refused with status " + status;
    }
  }
}
