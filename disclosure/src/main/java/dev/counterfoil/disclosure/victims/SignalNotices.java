package dev.counterfoil.disclosure.victims;

import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.verifier.reporting.AccessTokenSource;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Has the authority tell a tenant's streams that there is a notice: its check code, its digest and
 * where it can be verified, and nothing of what it says. The authority keeps the event until each
 * receiver has it, and tells none twice.
 */
public final class SignalNotices implements NoticeChannel {
  private static final Duration WITHIN = Duration.ofSeconds(15);
  private static final int OK = 200;
  private static final int REJECTED = 401;
  private static final int NONE = 404;

  private final URI target;
  private final String publicAddress;
  private final AccessTokenSource tokens;
  private final HttpClient http;

  /**
   * A channel by the authority of an issuer.
   *
   * @param publicAddress where its check codes are published
   */
  public SignalNotices(
      String issuer, String publicAddress, AccessTokenSource tokens, HttpClient http) {
    this.target = URI.create(issuer + "/admin/v1/notices");
    this.publicAddress = publicAddress.replaceAll("/$", "");
    this.tokens = tokens;
    this.http = http;
  }

  @Override
  public void send(TheftNotice notice, SignedDisclosure signed, Contacts.Contact contact)
      throws IOException, InterruptedException {
    String code = signed.checkCode();
    JsonObject body =
        JsonObject.builder()
            .put("tenant", notice.tenant())
            .put("notice", code)
            .put("digest", signed.digest().base64Url())
            .put("verify", publicAddress + "/codes/" + code + ".txt")
            .build();
    int status = post(body, false);
    if (status == REJECTED) {
      status = post(body, true);
    }
    if (status == NONE) {
      throw new IOException("no stream of the tenant takes notices");
    }
    if (status != OK) {
      throw new IOException("the authority answered " + status);
    }
  }

  private int post(JsonObject body, boolean isRejected) throws IOException, InterruptedException {
    return http.send(
            HttpRequest.newBuilder(target)
                .timeout(WITHIN)
                .header("Authorization", "Bearer " + tokens.accessToken(isRejected))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString(), StandardCharsets.UTF_8))
                .build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }
}
