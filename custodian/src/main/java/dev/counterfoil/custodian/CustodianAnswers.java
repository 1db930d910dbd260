package dev.counterfoil.custodian;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** What a custodian answers to one who checks him, and what every answer to that has. */
@FunctionalInterface
public interface CustodianAnswers {
  /** Longest answer, in bytes. */
  int BYTES_MAX = 64 << 20;

  /** What is wrong with a statement that is over something else than the head beside it. */
  String OTHER_STATE = "the custodian's statement is not over the state that the log signed";

  /**
   * The answer of status 200 to a request.
   *
   * @param path below the custodian's URL
   * @throws IOException when there is no such answer; with what the custodian says of it
   */
  byte[] get(String path) throws IOException, InterruptedException;

  /** How often somebody who asks too fast tries again, and after how long. */
  int AGAIN_MAX = 120;

  Duration AGAIN_AFTER = Duration.ofSeconds(1);

  /** The answer to a request about a log. */
  default JsonObject get(String origin, String what)
      throws IOException, InterruptedException, FormatException {
    return StrictJson.object(get("/logs/" + CustodyRoutes.nameOf(origin) + "/" + what), BYTES_MAX);
  }

  /** The log's checkpoint that an answer is under. */
  static Checkpoint head(JsonObject answer, NoteKey log) throws FormatException {
    return Checkpoint.verify(utf8(answer.string("head")), log);
  }

  /** The custodian's statement in an answer. */
  static CustodyStatement statement(JsonObject answer, NoteKey log, CosignerKey custodian)
      throws FormatException {
    return CustodyStatement.verify(utf8(answer.string("statement")), log.name(), custodian);
  }

  /**
   * Asks over HTTP.
   *
   * @param custodian its URL
   * @param token access token for it
   */
  static CustodianAnswers overHttp(HttpClient http, URI custodian, String token) {
    return path -> {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(custodian + path))
              .timeout(Duration.ofSeconds(30))
              .header("Authorization", "Bearer " + token)
              .build();
      HttpResponse<InputStream> answer = http.send(request, BodyHandlers.ofInputStream());
      for (int again = 0; isToComeAgain(answer) && again < AGAIN_MAX; again++) {
        answer.body().close();
        Thread.sleep(AGAIN_AFTER);
        answer = http.send(request, BodyHandlers.ofInputStream());
      }
      try (InputStream body = answer.body()) {
        byte[] bytes = body.readNBytes(BYTES_MAX + 1);
        if (answer.statusCode() != 200) {
          throw new IOException(
              request.uri() + " answers with status " + answer.statusCode() + detail(bytes));
        }
        return bytes;
      }
    };
  }

  /** Whether he has too many callers, or this one asks too often. */
  private static boolean isToComeAgain(HttpResponse<?> answer) {
    return answer.statusCode() == 429
        || (answer.statusCode() == 503 && answer.headers().firstValue("Retry-After").isPresent());
  }

  private static String detail(byte[] problem) {
    try {
      return ": " + StrictJson.object(problem, BYTES_MAX).string("detail");
    } catch (FormatException e) {
      // Whatever stands between may have answered.
      return "";
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
