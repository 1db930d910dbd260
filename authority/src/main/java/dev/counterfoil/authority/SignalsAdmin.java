package dev.counterfoil.authority;

import dev.counterfoil.authority.signals.SignalCommands;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.List;

/** Looks after the signals of one domain over the authority's admin socket. */
public final class SignalsAdmin {
  private final AuthorityAdmin admin;

  SignalsAdmin(AuthorityAdmin admin) {
    this.admin = admin;
  }

  /** How each stream is, as {@link SignalCommands#LIST} says it. */
  public List<JsonObject> list()
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    try {
      return admin.ask(SignalCommands.LIST, JsonObject.builder().build()).objects("streams");
    } catch (FormatException e) {
      throw new IOException("the authority answered something else", e);
    }
  }

  /** How the stream of a client is, and which events were given up. */
  public JsonObject show(String client)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    return admin.ask(SignalCommands.SHOW, of(client));
  }

  /** Has the events sent again that were given up; how many. */
  public long retry(String client)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    try {
      return admin.ask(SignalCommands.RETRY, of(client)).number("count");
    } catch (FormatException e) {
      throw new IOException("the authority answered something else", e);
    }
  }

  private static JsonObject of(String client) {
    return JsonObject.builder().put("client", client).build();
  }
}
