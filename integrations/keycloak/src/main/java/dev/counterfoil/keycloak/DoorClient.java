package dev.counterfoil.keycloak;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.keycloak.util.JsonSerialization;

/** Hands in digests at the record door (spec/record-door.md). */
final class DoorClient implements RecordDoorway {
  private final URI door;
  private final SourceTokens tokens;
  private final HttpClient http;
  private final Duration timeout;

  DoorClient(String issuer, SourceTokens tokens, HttpClient http, Duration timeout) {
    this.door = URI.create(issuer + "/record");
    this.tokens = tokens;
    this.http = http;
    this.timeout = timeout;
  }

  @Override
  public void check() throws DoorException, InterruptedException {
    try {
      tokens.token(false, timeout.toNanos());
    } catch (DoorException e) {
      throw e;
    } catch (IOException e) {
      throw DoorException.away(door + ": " + e.getMessage());
    }
  }

  @Override
  public void record(List<byte[]> digests) throws DoorException, InterruptedException {
    byte[] body = new byte[digests.size() * SigningInputs.DIGEST_BYTES];
    for (int i = 0; i < digests.size(); i++) {
      System.arraycopy(
          digests.get(i), 0, body, i * SigningInputs.DIGEST_BYTES, SigningInputs.DIGEST_BYTES);
    }
    long end = System.nanoTime() + timeout.toNanos();
    boolean rejected = false;
    // Twice at most: a connection that was kept may have ended, and a token may have been refused.
    for (int left = 1; ; left--) {
      try {
        HttpResponse<byte[]> response = send(body, rejected, end);
        if (response.statusCode() == 200) {
          check(response.body(), digests.size());
          return;
        }
        rejected = response.statusCode() == 401;
        if (!rejected || left == 0) {
          throw SourceTokens.refusal(door.toString(), response);
        }
      } catch (DoorException e) {
        throw e;
      } catch (IOException e) {
        if (left == 0) {
          throw DoorException.away(door + ": " + e.getMessage());
        }
      }
    }
  }

  private HttpResponse<byte[]> send(byte[] body, boolean rejected, long end)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(door)
            .header("Content-Type", "application/vnd.counterfoil.digests")
            .header("Authorization", "Bearer " + tokens.token(rejected, end - System.nanoTime()))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    return BoundedHttp.send(http, request, end - System.nanoTime());
  }

  /** A proxy's page with status 200 records nothing. */
  private void check(byte[] body, int count) throws DoorException {
    JsonNode positions;
    try {
      positions = JsonSerialization.mapper.readTree(body).path("positions");
    } catch (IOException e) {
      throw DoorException.away(door + " answers 200 with something that is no JSON");
    }
    if (positions.size() != count) {
      throw DoorException.away(
          "%s answers with %d positions for %d digests".formatted(door, positions.size(), count));
    }
  }
}
