package dev.counterfoil.audit.access;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.Optional;

/**
 * Who reads the audit log: each time he does is an event that the tenant sees.
 *
 * @param client the OAuth client, or the program
 * @param user the Unix user, where the kernel said who it is
 * @param address where from; empty for the admin socket
 * @param task of the operator's staff; empty for none
 */
public record Reader(
    String client, Optional<String> user, Optional<String> address, Optional<String> task) {
  /** One who reads for no task. */
  public Reader(String client, Optional<String> user, Optional<String> address) {
    this(client, user, address, Optional.empty());
  }

  /** The same, for a task: it is the session of what is done under it. */
  public Reader forTask(String id) {
    return new Reader(client, user, address, Optional.of(id));
  }

  public JsonObject endpoint() {
    return address.isPresent()
        ? EventDraft.endpoint(address.get())
        : JsonObject.builder().put("name", "admin-socket").build();
  }

  public JsonObject actor() {
    JsonObject.Builder actor = JsonObject.builder().put("app_uid", client);
    user.ifPresent(name -> actor.put("user", JsonObject.builder().put("uid", name).build()));
    task.ifPresent(id -> actor.put("session", JsonObject.builder().put("uid", id).build()));
    return actor.build();
  }
}
