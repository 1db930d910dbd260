package dev.counterfoil.authority.connect.logout;

import dev.counterfoil.authority.auditing.OwnToken;
import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.connect.grants.LogoutNotice;
import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.authority.signers.Signers;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.IssueRequest;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** Has logout tokens issued (OpenID Connect Back-Channel Logout 1.0, 2.4), recorded as all are. */
public record LogoutTokens(Signers signers, PublishedKeys published, InstantSource clock) {
  /** Their {@code typ}. */
  public static final String TYPE = "logout+jwt";

  /** 2.4: at most two minutes. */
  static final Duration LIFE = Duration.ofMinutes(2);

  private static final String EVENT = "http://schemas.openid.net/event/backchannel-logout";
  private static final String GROUND = "session_end";

  /** What a token says beside what the signer composes. Pure. */
  static JsonObject claims(String session) {
    return JsonObject.builder()
        .put("sid", session)
        .put("events", JsonObject.builder().put(EVENT, JsonObject.builder().build()).build())
        .build();
  }

  /**
   * A token for a client.
   *
   * @throws IOException when there is none now
   */
  String issue(Client client, LogoutNotice notice) throws IOException, InterruptedException {
    IssueRequest request =
        new IssueRequest(
            TYPE,
            notice.tenant(),
            notice.subject(),
            client.id(),
            List.of(client.id()),
            "",
            (int) LIFE.toSeconds(),
            null,
            claims(notice.session()),
            new IssueRequest.Ground(GROUND, notice.id()),
            "local",
            clock.millis(),
            client.registration().signIn().algorithmOfIdTokens(),
            null);
    String token = signers.token(request, OwnToken.SIGNER_TIME_MAX, "a logout token");
    // Nobody gets a token before its key can be fetched.
    if (!published.haveKeyOf(token)) {
      throw new IOException("the key of the logout token is not published yet");
    }
    return token;
  }
}
