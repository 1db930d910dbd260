package dev.counterfoil.cli;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import picocli.CommandLine.Command;

/** Has a client refused, and admits it again. */
final class ClientAdmission {
  private ClientAdmission() {}

  /** Has a client refused. */
  @Command(
      name = "disable",
      description = {
        "Refuses a client from now on, and revokes its tokens.",
        "Its registration, secret and keys stay. To undo it, enable it.",
        "Services that read only a status list do not learn of this."
      })
  static final class Disable extends ClientCommand.ManagingOne {
    @Override
    void manage(AuthorityAdmin admin)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      AuthorityAdmin.Revoked done = admin.admit(clientId, false);
      print(
          JsonObject.builder()
              .put("disabled", clientId)
              .put("tokens_not_revoked", done.notRevoked().orElse(null))
              .build(),
          done.notRevoked().isPresent()
              ? "Disabled " + clientId + "."
              : "Disabled " + clientId + ", and revoked its tokens.");
      warnOfTokens(clientId, done);
    }
  }

  /** Admits a client again. */
  @Command(
      name = "enable",
      description = "Admits a client that was disabled; its old tokens stay revoked.")
  static final class Enable extends ClientCommand.ManagingOne {
    @Override
    void manage(AuthorityAdmin admin)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      var _ = admin.admit(clientId, true);
      print(
          JsonObject.builder().put("enabled", clientId).build(),
          "Enabled " + clientId + ". It may ask for tokens again.");
    }
  }

  /** Ends the secret before the present one. */
  @Command(
      name = "drop-secret",
      description = "Ends the secret that rotate-secret --keep-old left valid.")
  static final class DropSecret extends ClientCommand.ManagingOne {
    @Override
    void manage(AuthorityAdmin admin)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      boolean isDropped = admin.dropOldSecret(clientId);
      print(
          JsonObject.builder().put("client_id", clientId).put("dropped", isDropped).build(),
          isDropped
              ? "The old secret of " + clientId + " has ended."
              : clientId + " has one secret. It stays.");
    }
  }
}
