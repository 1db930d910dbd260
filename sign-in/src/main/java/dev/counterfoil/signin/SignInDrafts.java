package dev.counterfoil.signin;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.Person;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.signin.sessions.Session;
import io.helidon.webserver.http.ServerRequest;

/** The events of this room. */
final class SignInDrafts {
  static final String PART = "authority";

  private SignInDrafts() {}

  /** A person proves who they are, or fails to. */
  static EventDraft signIn(ServerRequest request, String who, String how) {
    return EventDraft.of(Operation.PERSON_SIGN_IN)
        .part(PART)
        .address(ClientAddress.ofClient(request))
        .user(who)
        .message(how);
  }

  static EventDraft signedOut(ServerRequest request, Directory directory, Session session) {
    EventDraft draft =
        EventDraft.of(Operation.PERSON_SIGN_OUT)
            .part(PART)
            .address(ClientAddress.ofClient(request))
            .user(session.subject())
            .entity("session", session.id());
    directory.bySubject(session.subject()).map(Person::tenant).ifPresent(draft::tenant);
    return draft;
  }

  /** A session's secret comes that was exchanged for the next one. */
  static EventDraft heldByTwo(ServerRequest request, Directory directory, Session session) {
    EventDraft draft =
        EventDraft.of(Operation.CREDENTIAL_REUSE)
            .part(PART)
            .address(ClientAddress.ofClient(request))
            .user(session.subject())
            .entity("session", session.id())
            .message("a session's secret came after it was exchanged for the next one: it ends");
    directory.bySubject(session.subject()).map(Person::tenant).ifPresent(draft::tenant);
    return draft;
  }

  /** A person changes something of theirs. */
  static EventDraft own(
      Operation operation, ServerRequest request, Person person, String type, String uid) {
    return EventDraft.of(operation)
        .part(PART)
        .tenant(person.tenant())
        .address(ClientAddress.ofClient(request))
        .user(person.subject())
        .entity(type, uid);
  }
}
