package dev.counterfoil.cli;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Whether a client is admitted, and the second person's word. */
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

  /** The second person's word. */
  @Command(
      name = "confirm",
      description = {
        "Confirms a change of another administrator that waits for a second person.",
        "Without an ID it lists what waits. An administrator is the Unix user who runs this, and"
            + " cannot confirm a change of the same user.",
        "A new secret is written to a file that only you can read."
      })
  static final class Confirm extends ClientCommand.Managing {
    @Parameters(arity = "0..1", paramLabel = "ID", description = "The waiting change, such as a1.")
    private @Nullable String id;

    @Override
    void manage(AuthorityAdmin admin)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      List<JsonObject> waiting = admin.waiting();
      String confirmed = id;
      if (confirmed == null) {
        list(waiting);
        return;
      }
      JsonObject done = admin.confirm(confirmed);
      if (done.get("client_secret") instanceof String secret) {
        keep(clientOf(waiting, confirmed), secret);
        return;
      }
      print(done, "CONFIRMED  it was carried out");
    }

    private static String clientOf(List<JsonObject> waiting, String id) {
      return waiting.stream()
          .filter(one -> id.equals(one.get("id")))
          .map(one -> one.get("arguments"))
          .filter(JsonObject.class::isInstance)
          .map(arguments -> String.valueOf(((JsonObject) arguments).get("client_id")))
          .findFirst()
          .orElse(id);
    }

    private void list(List<JsonObject> waiting) throws IOException {
      StringBuilder text = new StringBuilder();
      try {
        for (JsonObject one : waiting) {
          text.append(text.isEmpty() ? "" : "\n")
              .append(
                  PlainText.of(
                      "%s  %s, requested by %s, since %s; waits until %s: %s"
                          .formatted(
                              one.string("id"),
                              one.string("command"),
                              one.string("asked_by"),
                              one.string("why"),
                              Instant.ofEpochSecond(one.number("until")),
                              one.object("arguments"))));
        }
      } catch (FormatException e) {
        throw new IOException("the authority answered with a list that is none", e);
      }
      print(
          JsonObject.builder().put("waiting", waiting).build(),
          text.isEmpty() ? "Nothing waits for a second person." : text.toString());
    }
  }
}
