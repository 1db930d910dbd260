package dev.counterfoil.authority.signals;

import dev.counterfoil.authority.auditing.OwnToken;
import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.authority.signers.Signers;
import dev.counterfoil.signals.sending.EventSender;
import dev.counterfoil.signals.sending.OutgoingEvent;
import dev.counterfoil.signals.sending.SignalStream;
import dev.counterfoil.signerprotocol.IssueRequest;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;

/** Has security event tokens issued (RFC 8417), recorded as all tokens are. */
public record EventTokens(
    Signers signers, PublishedKeys published, String issuer, InstantSource clock)
    implements EventSender.SetIssuer {
  /** Their {@code typ}. */
  public static final String TYPE = "secevent+jwt";

  /** The token does not say it: a receiver checks it as long as its key is in the key set. */
  private static final int LIFE_SECONDS = 60;

  @Override
  public String issue(SignalStream stream, OutgoingEvent delivery)
      throws IOException, InterruptedException {
    IssueRequest request =
        new IssueRequest(
            TYPE,
            stream.tenant(),
            "",
            stream.clientId(),
            List.of(stream.audience(issuer)),
            "",
            LIFE_SECONDS,
            null,
            delivery.event().claims(),
            new IssueRequest.Ground("security_event", delivery.event().id()),
            "local",
            clock.millis(),
            stream.settings().algorithm(),
            null);
    String token = signers.token(request, OwnToken.SIGNER_TIME_MAX, "a security event");
    // Nobody gets a token before its key can be fetched.
    if (!published.haveKeyOf(token)) {
      throw new IOException("the key of the security event is not published yet");
    }
    return token;
  }
}
