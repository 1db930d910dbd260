package dev.counterfoil.authority.peers;

import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.people.PersonEnds.Held;
import dev.counterfoil.authority.people.SessionJson;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signin.SignIn;
import dev.counterfoil.signin.sessions.HeldSession;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A person's sessions at all authorities: each holds those that began at it. */
public final class PeerSessions {
  static final String PATH = "/peers/sessions";

  private PeerSessions() {}

  /** Those here and those of the others. */
  public static Held of(SignIn signIn, Peers peers, String subject) {
    List<HeldSession> all = new ArrayList<>(signIn.of(subject));
    List<Integer> away = new ArrayList<>();
    for (int other : peers.others()) {
      try {
        JsonObject answer =
            peers.ask(other, PATH, JsonObject.builder().put("subject", subject).build());
        for (JsonObject one : answer.objects("sessions")) {
          all.add(SessionJson.read(one));
        }
      } catch (RequestRefusedException | FormatException e) {
        away.add(other);
      }
    }
    all.sort(Comparator.comparing(HeldSession::began).reversed());
    return new Held(all, away);
  }

  /** What another authority asks. */
  static JsonObject answer(SignIn signIn, JsonObject question) throws FormatException {
    return JsonObject.builder()
        .put(
            "sessions",
            signIn.of(question.string("subject")).stream().map(SessionJson::of).toList())
        .build();
  }
}
