package dev.counterfoil.authority.administration;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.people.GroupCommands;
import dev.counterfoil.authority.people.PersonCommands;
import dev.counterfoil.authority.signals.SignalCommands;
import io.helidon.http.Method;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What can be asked over HTTP, and the command that it is. The rows of {@code
 * spec/administration.openapi.json} are these, which a test holds.
 *
 * @param template the path below {@link #BASE}; a part in braces is an argument of the command
 * @param query arguments that may stand in the query
 * @param body where further arguments come from
 * @param fixed arguments that the route itself says
 * @param match how it takes {@code If-Match}
 * @param status of the answer when it is done
 */
public record AdministrationRoute(
    Method method,
    String template,
    String command,
    List<String> query,
    Body body,
    Map<String, Boolean> fixed,
    Match match,
    int status) {
  /** Where they lie below the issuer. */
  public static final String BASE = "/admin/v1";

  /** What a body holds. */
  sealed interface Body {
    /** Nothing: one that comes is refused. */
    record None() implements Body {}

    /** These members and no others. */
    record Members(List<String> names) implements Body {
      public Members {
        names = List.copyOf(names);
      }
    }

    /** All that a client is registered for. */
    record Registration() implements Body {}
  }

  /** How a route takes {@code If-Match} (RFC 9110 13.1.1). */
  public enum Match {
    /** Not at all. */
    NONE,
    /** What was changed since is not changed; without, whichever version there is. */
    OPTIONAL,
    /** The same; a request without is refused (RFC 6585 3). */
    REQUIRED
  }

  public AdministrationRoute {
    query = List.copyOf(query);
    fixed = Map.copyOf(fixed);
  }

  private static final Body NONE = new Body.None();
  private static final Body REGISTRATION = new Body.Registration();

  /** All of them. */
  public static final List<AdministrationRoute> ALL =
      List.of(
          get("/people", PersonCommands.LIST, "tenant", "after"),
          post(201, "/people", PersonCommands.ADD, "tenant", "username", "name", "email"),
          get("/people/{username}", PersonCommands.SHOW),
          new AdministrationRoute(
              Method.PATCH,
              "/people/{username}",
              PersonCommands.UPDATE,
              List.of(),
              new Body.Members(List.of("new_username", "name", "email", "email_verified")),
              Map.of(),
              Match.REQUIRED,
              200),
          delete("/people/{username}", PersonCommands.REMOVE, Match.NONE),
          post(200, "/people/{username}/invitation", PersonCommands.INVITE, "life"),
          post(200, "/people/{username}/recovery", PersonCommands.RECOVER, "life"),
          post(200, "/people/{username}/reset", PersonCommands.RESET),
          admit("/people/{username}/disable", PersonCommands.ADMIT, true),
          admit("/people/{username}/enable", PersonCommands.ADMIT, false),
          get("/people/{username}/sessions", PersonCommands.SESSIONS),
          delete("/people/{username}/sessions/{session}", PersonCommands.END_SESSION, Match.NONE),
          get("/people/{username}/consents", PersonCommands.CONSENTS),
          delete("/people/{username}/consents/{client_id}", PersonCommands.END_CONSENT, Match.NONE),
          get("/groups", GroupCommands.LIST, "tenant", "after_tenant", "after"),
          post(201, "/groups", GroupCommands.ADD, "tenant", "name"),
          get("/groups/{tenant}/{name}", GroupCommands.SHOW, "after"),
          delete("/groups/{tenant}/{name}", GroupCommands.REMOVE, Match.OPTIONAL),
          new AdministrationRoute(
              Method.PUT,
              "/groups/{tenant}/{name}/members/{username}",
              GroupCommands.ADD_MEMBER,
              List.of(),
              NONE,
              Map.of(),
              Match.OPTIONAL,
              200),
          delete(
              "/groups/{tenant}/{name}/members/{username}",
              GroupCommands.REMOVE_MEMBER,
              Match.OPTIONAL),
          get("/clients", ClientCommands.LIST, "after", "unused_seconds"),
          new AdministrationRoute(
              Method.POST,
              "/clients",
              ClientCommands.REGISTER,
              List.of(),
              REGISTRATION,
              Map.of(),
              Match.NONE,
              201),
          get("/clients/{client_id}", ClientCommands.LIST),
          new AdministrationRoute(
              Method.PUT,
              "/clients/{client_id}",
              ClientCommands.UPDATE,
              List.of(),
              REGISTRATION,
              Map.of(),
              Match.REQUIRED,
              200),
          delete("/clients/{client_id}", ClientCommands.REMOVE, Match.NONE),
          post(
              200,
              "/clients/{client_id}/secret",
              ClientCommands.ROTATE_SECRET,
              "revoke_tokens",
              "keep_old"),
          delete("/clients/{client_id}/old-secret", ClientCommands.DROP_OLD_SECRET, Match.NONE),
          admit("/clients/{client_id}/disable", ClientCommands.ADMIT, true),
          admit("/clients/{client_id}/enable", ClientCommands.ADMIT, false),
          post(200, "/clients/{client_id}/expiry", ClientCommands.EXPIRE, "expires_at"),
          contain("/containment/tokens", ContainmentCommands.TOKEN, "token"),
          contain("/containment/people", ContainmentCommands.PERSON, "subject", "grant"),
          contain("/containment/clients", ContainmentCommands.CLIENT, "client_id"),
          post(200, "/notices", SignalCommands.TELL_NOTICE, "tenant", "notice", "digest", "verify"),
          get("/waiting", SecondPersonDesk.WAITING),
          post(200, "/waiting/{id}/confirm", SecondPersonDesk.CONFIRM));

  private static AdministrationRoute get(String template, String command, String... query) {
    return new AdministrationRoute(
        Method.GET, template, command, List.of(query), NONE, Map.of(), Match.NONE, 200);
  }

  private static AdministrationRoute post(
      int status, String template, String command, String... members) {
    return new AdministrationRoute(
        Method.POST,
        template,
        command,
        List.of(),
        members.length == 0 ? NONE : new Body.Members(List.of(members)),
        Map.of(),
        Match.NONE,
        status);
  }

  private static AdministrationRoute contain(String template, String command, String... members) {
    return post(
        200,
        template,
        command,
        Stream.concat(Stream.of(members), Stream.of("dry_run")).toArray(String[]::new));
  }

  private static AdministrationRoute admit(String template, String command, boolean isDisabled) {
    return new AdministrationRoute(
        Method.POST,
        template,
        command,
        List.of(),
        NONE,
        Map.of("disabled", isDisabled),
        Match.NONE,
        200);
  }

  private static AdministrationRoute delete(String template, String command, Match match) {
    return new AdministrationRoute(
        Method.DELETE, template, command, List.of(), NONE, Map.of(), match, 200);
  }

  /** What a token needs for it. */
  public String scope() {
    if (ContainmentCommands.OPERATIONS.containsKey(command)) {
      return ClientRegistration.RESPOND_SCOPE;
    }
    if (command.equals(SignalCommands.TELL_NOTICE)) {
      return ClientRegistration.NOTICE_SCOPE;
    }
    return method.equals(Method.GET)
        ? ClientRegistration.ADMIN_READ_SCOPE
        : ClientRegistration.ADMIN_SCOPE;
  }

  /** The arguments in a path; empty where it is another route's. */
  Optional<Map<String, String>> match(List<String> path) {
    String[] parts = template.substring(1).split("/", -1);
    if (parts.length != path.size()) {
      return Optional.empty();
    }
    Map<String, String> arguments = new HashMap<>();
    for (int i = 0; i < parts.length; i++) {
      if (parts[i].startsWith("{")) {
        arguments.put(parts[i].substring(1, parts[i].length() - 1), path.get(i));
      } else if (!parts[i].equals(path.get(i))) {
        return Optional.empty();
      }
    }
    return Optional.of(arguments);
  }
}
