package dev.counterfoil.auditserver.issued;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.held.HeldToken;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.log.record.Counterfoil;
import java.io.IOException;
import java.util.Optional;

/** A counterfoil as an event of the audit log (spec/audit-events.md). */
final class IssuedEvent {
  private IssuedEvent() {}

  static JsonObject of(String domain, LogFollower follower, byte[] record) throws IOException {
    try {
      Counterfoil counterfoil = Counterfoil.parse(record);
      HeldToken token = HeldToken.parse(record, follower.log().name());
      JsonObject context = StrictJson.object(counterfoil.context(), Counterfoil.CONTEXT_BYTES_MAX);
      JsonObject ground = context.object("ground");
      long time = counterfoil.timeMillis();
      Optional<String> client = token.text("client_id");
      return JsonObject.builder()
          .put("class_uid", Operation.TOKEN_ISSUE.classUid())
          .put("category_uid", 3)
          .put("activity_id", Operation.TOKEN_ISSUE.activityId())
          .put(
              "type_uid",
              Operation.TOKEN_ISSUE.classUid() * 100 + Operation.TOKEN_ISSUE.activityId())
          .put("severity_id", 1)
          .put("status_id", 1)
          .put("time", time)
          .put("message", token.text("scope").map(scope -> "scope " + scope).orElse(null))
          .put(
              "metadata",
              EventDraft.metadata(Operation.TOKEN_ISSUE.code(), token.tenant())
                  .with("log_name", follower.log().name(), "sequence", token.position())
                  .with("logged_time", time)
                  .with(
                      "reporter",
                      JsonObject.builder().put("uid", domain + IssuedSelection.REPORTER).build()))
          .put(
              "actor",
              JsonObject.builder()
                  .put(
                      "user", JsonObject.builder().put("uid", token.text("sub").orElse("")).build())
                  .put("app_uid", client.orElse(null))
                  .build())
          .put("src_endpoint", EventDraft.endpoint(context.string("address")))
          .put(
              "ground",
              JsonObject.builder()
                  .put("name", ground.string("kind"))
                  .put(
                      "reference",
                      ground.string("reference").isEmpty() ? null : ground.string("reference"))
                  .build())
          .put("recorded_token", recorded(follower, token))
          .build();
    } catch (FormatException e) {
      throw new IOException("custody of log " + follower.log().name() + " is damaged", e);
    }
  }

  private static JsonObject recorded(LogFollower follower, HeldToken token) {
    return JsonObject.builder()
        .put("uid", token.text("jti").orElse(""))
        .put("issuer", token.text("iss").orElse(null))
        .put("key_uid", token.kid())
        .put("client_uid", token.text("client_id").orElse(null))
        .put("digest", token.digest().hex())
        .put("log", follower.log().key().name())
        .put("position", token.position())
        .put("audience", String.join(" ", token.audiences()))
        .put("group", token.text(GroupHandle.CLAIM).orElse(null))
        .put("expiration_time", token.expiresAt() * 1000)
        .build();
  }
}
