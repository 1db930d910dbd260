package dev.counterfoil.authority.logs;

import dev.counterfoil.authority.http.Endpoint;
import dev.counterfoil.authority.http.FormRequests;
import dev.counterfoil.authority.http.HttpAnswers;
import dev.counterfoil.authority.http.LogPath;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.settings.CosignerEntry;
import dev.counterfoil.authority.signers.SignerView;
import dev.counterfoil.authority.signers.Signers;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.signerprotocol.Answer;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Takes what a custodian says that he holds: {@code POST /logs/<log>/held}, a note of origin, size
 * and root with his cosignature. The signature is what admits him, so that this works while no
 * token can be issued; a note without a good line of a configured custodian does not reach the
 * signer.
 */
public final class HeldEndpoint implements Endpoint.Action {
  private final String issuerPath;
  private final Signers signers;
  private final SignerView registrar;
  private final List<CosignerKey> custodians;

  public HeldEndpoint(
      String issuerPath, Signers signers, SignerView registrar, List<CosignerEntry> cosigners) {
    this.issuerPath = issuerPath;
    this.signers = signers;
    this.registrar = registrar;
    this.custodians =
        cosigners.stream()
            .filter(entry -> entry.kind() == CosignerEntry.Kind.CUSTODIAN)
            .map(CosignerEntry::key)
            .toList();
  }

  @Override
  public void answer(ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    String path = request.prologue().uriPath().rawPath().substring(issuerPath.length());
    LogPath wanted =
        LogPath.parse(path)
            .orElseThrow(
                () ->
                    new RequestRefusedException(
                        OAuthError.of(OAuthError.Code.NOT_FOUND, "nothing lies at this path")));
    SignedNote note;
    try {
      note = SignedNote.parse(FormRequests.body(request));
    } catch (FormatException e) {
      throw new RequestRefusedException(
          OAuthError.invalidRequest("the body is no signed note: " + e.getMessage()));
    }
    if (custodians.stream().allMatch(key -> Cosignature.find(note, key).isEmpty())) {
      throw new RequestRefusedException(
          OAuthError.of(
              OAuthError.Code.ACCESS_DENIED,
              "the note has no good cosignature of a custodian of this domain"));
    }
    SignerView whose =
        wanted.log().equals(KeyLog.NAME) ? registrar : signers.of(wanted.log()).view();
    switch (whose.tell(wanted.log(), note)) {
      case Answer.Done done -> {
        // Whom nobody waits for need not say every few milliseconds what he holds.
        if (Boolean.FALSE.equals(done.result().get("held_awaited"))) {
          response.status(Status.ACCEPTED_202);
        }
        HttpAnswers.json(response, done.result().toString().getBytes(StandardCharsets.UTF_8));
      }
      case Answer.Refused refused -> {
        response.status(status(refused.code()));
        HttpAnswers.json(
            response,
            JsonObject.builder()
                .put("error", "cosignature_not_taken")
                .put("error_description", refused.text())
                .build()
                .toString()
                .getBytes(StandardCharsets.UTF_8));
      }
      case Answer.Issued issued -> throw otherKind();
      case Answer.Records records -> throw otherKind();
      case Answer.Recorded recorded -> throw otherKind();
    }
  }

  private static Status status(Answer.Code code) {
    return switch (code) {
      case UNKNOWN -> Status.NOT_FOUND_404;
      case CONFLICT -> Status.CONFLICT_409;
      case MALFORMED -> Status.BAD_REQUEST_400;
      case OUT_OF_SCOPE,
          QUOTA,
          BUSY,
          NO_KEY,
          DISK_FULL,
          LEVEL_NOT_REACHED,
          SEALED,
          NOT_ALLOWED,
          NOT_ITS_OWN,
          GONE,
          OUTDATED,
          TOO_SOON ->
          Status.SERVICE_UNAVAILABLE_503;
    };
  }

  private static IllegalStateException otherKind() {
    return new IllegalStateException("answer of another kind");
  }
}
