package dev.counterfoil.authority.peers;

import dev.counterfoil.authority.connect.PushedRequests;
import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.Optional;

/** Requests that clients pushed to another authority than the one that a browser is at. */
public final class SharedPushed implements PushedRequests.Elsewhere {
  static final String PATH = "/peers/pushed";

  private final Peers peers;

  /** Asks these. */
  public SharedPushed(Peers peers) {
    this.peers = peers;
  }

  @Override
  public String prefix() {
    return HomeNames.prefix(peers.own());
  }

  @Override
  public boolean isElsewhere(String id) {
    return peers.has(HomeNames.of(id));
  }

  @Override
  public Optional<Form> find(String id, Optional<String> clientId, boolean isUnderWay)
      throws RequestRefusedException {
    JsonObject answer =
        peers.ask(
            HomeNames.of(id),
            PATH,
            JsonObject.builder()
                .put("id", id)
                .put("client", clientId.orElse(""))
                .put("under_way", isUnderWay)
                .put("uses", false)
                .build());
    try {
      return answer.truth("found")
          ? Optional.of(Form.query(answer.string("form")))
          : Optional.empty();
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  @Override
  public boolean use(String id) {
    try {
      return peers
          .ask(HomeNames.of(id), PATH, JsonObject.builder().put("id", id).put("uses", true).build())
          .truth("found");
    } catch (FormatException | RequestRefusedException e) {
      // Its client is not answered then.
      return false;
    }
  }

  static JsonObject answer(PushedRequests pushed, JsonObject question) throws FormatException {
    String id = question.string("id");
    if (question.truth("uses")) {
      return JsonObject.builder().put("found", pushed.useHere(id)).build();
    }
    Optional<Form> found =
        pushed.findHere(id, Optional.of(question.string("client")), question.truth("under_way"));
    return JsonObject.builder()
        .put("found", found.isPresent())
        .put("form", found.map(Peers::query).orElse(""))
        .build();
  }
}
