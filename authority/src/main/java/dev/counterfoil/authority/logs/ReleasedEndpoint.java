package dev.counterfoil.authority.logs;

import dev.counterfoil.authority.http.HttpAnswers;
import dev.counterfoil.authority.http.LogPath;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.signers.ReleasedTokens;
import dev.counterfoil.authority.signers.Signers;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/**
 * Tells the monitor whether a token was handed out a moment ago, and whether its signer is there:
 * {@code GET /logs/<log>/released?digest=D}. The scope is the monitor's alone: a custodian sees
 * every counterfoil, and has no use for what was handed out before it stood in a checkpoint.
 */
public record ReleasedEndpoint(BearerScope bearer, Signers signers, URI issuer) {
  static final String NAME = "released";

  /** The scope of the token of whoever asks. */
  public static final String SCOPE = "counterfoil:released";

  void answer(String log, ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    bearer.require(request, URI.create(issuer + LogPath.PREFIX + log + "/" + NAME));
    Hash digest;
    try {
      digest = Hash.parseBase64Url(request.query().first("digest").orElse(""));
    } catch (FormatException e) {
      throw new RequestRefusedException(
          OAuthError.invalidRequest("digest is a SHA-256 hash in base64url"));
    }
    ReleasedTokens.Word word = signers.of(log).released().of(digest);
    HttpAnswers.json(
        response,
        JsonObject.builder()
            .put("connected", word.connected())
            .put("since_ms", word.since().toEpochMilli())
            .put("complete_since_ms", word.completeSince().toEpochMilli())
            .put("released", word.released())
            .build()
            .toString()
            .getBytes(StandardCharsets.UTF_8));
  }
}
