package dev.counterfoil.cli.apply;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.cli.apply.WantedTenant.WantedPerson;
import dev.counterfoil.directory.PeopleGroup;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** One change, which is one command at the admin socket. */
public sealed interface ApplyStep {
  /** How it is told. */
  Told told();

  /**
   * A change in words.
   *
   * @param sign {@code +} for what comes, {@code ~} for what changes, {@code -} for what goes
   * @param kind {@code person}, {@code group}, {@code member} or {@code client}
   * @param name of what it is about
   * @param details what is different
   */
  record Told(char sign, String kind, String tenant, String name, List<String> details) {
    public Told {
      details = List.copyOf(details);
    }

    /** A line, in which what others wrote is harmless. */
    @Override
    public String toString() {
      return PlainText.of(
          sign
              + " "
              + kind
              + " "
              + name
              + (details.isEmpty() ? "" : ": " + String.join("; ", details)),
          2_000);
    }

    /** {@code {"change", "kind", "tenant", "name", "details"}}. */
    public JsonObject json() {
      return JsonObject.builder()
          .put("change", sign == '+' ? "add" : sign == '-' ? "remove" : "change")
          .put("kind", kind)
          .put("tenant", tenant)
          .put("name", name)
          .put("details", details)
          .build();
    }
  }

  /**
   * From when on a client is refused.
   *
   * @param at empty for never
   */
  record Expiry(Optional<Instant> at) {
    @Override
    public String toString() {
      return at.map(Instant::toString).orElse("never");
    }
  }

  /** A person comes, who can prove nothing before being invited, or has an imported password. */
  record AddPerson(String tenant, WantedPerson person) implements ApplyStep {
    @Override
    public Told told() {
      List<String> details = new ArrayList<>(List.of("name " + person.name()));
      person.email().ifPresent(email -> details.add("email " + email));
      person.password().ifPresent(_ -> details.add("with a password"));
      return new Told('+', "person", tenant, person.username(), details);
    }
  }

  /** A person has another name or address. */
  record UpdatePerson(Person before, Person after) implements ApplyStep {
    @Override
    public Told told() {
      List<String> details = new ArrayList<>();
      if (!before.name().equals(after.name())) {
        details.add("name " + before.name() + " -> " + after.name());
      }
      if (!before.email().equals(after.email())) {
        details.add(
            "email " + before.email().orElse("none") + " -> " + after.email().orElse("none"));
      }
      if (before.emailVerified() != after.emailVerified()) {
        details.add("email_verified " + before.emailVerified() + " -> " + after.emailVerified());
      }
      return new Told('~', "person", before.tenant(), before.username(), details);
    }
  }

  /** A person is refused, with an end of sessions and tokens, or admitted again. */
  record AdmitPerson(String tenant, String username, boolean isAdmitted) implements ApplyStep {
    @Override
    public Told told() {
      return new Told(
          '~', "person", tenant, username, List.of(isAdmitted ? "enabled" : "disabled"));
    }
  }

  /** A person goes. */
  record RemovePerson(Person person) implements ApplyStep {
    @Override
    public Told told() {
      return new Told('-', "person", person.tenant(), person.username(), List.of());
    }
  }

  /** A group comes, without members. */
  record AddGroup(String tenant, String name) implements ApplyStep {
    @Override
    public Told told() {
      return new Told('+', "group", tenant, name, List.of());
    }
  }

  /** A person joins or leaves a group. */
  record Member(String tenant, String group, String username, boolean joins) implements ApplyStep {
    @Override
    public Told told() {
      return new Told(joins ? '+' : '-', "member", tenant, username + " of " + group, List.of());
    }
  }

  /** A group goes. */
  record RemoveGroup(PeopleGroup group) implements ApplyStep {
    @Override
    public Told told() {
      return new Told('-', "group", group.tenant(), group.name(), List.of());
    }
  }

  /** A client comes. */
  record AddClient(ClientRegistration client, Optional<Instant> expires) implements ApplyStep {
    @Override
    public Told told() {
      List<String> details = differences(JsonObject.builder().build(), ApplyYaml.client(client));
      expires.ifPresent(end -> details.add("expires_at " + end));
      return new Told('+', "client", client.tenant(), client.clientId(), details);
    }
  }

  /** A client is registered differently. */
  record UpdateClient(ClientRegistration before, ClientRegistration after) implements ApplyStep {
    @Override
    public Told told() {
      return new Told(
          '~',
          "client",
          after.tenant(),
          after.clientId(),
          differences(ApplyYaml.client(before), ApplyYaml.client(after)));
    }
  }

  /** A client is refused, with an end of its tokens, or admitted again. */
  record AdmitClient(String tenant, String clientId, boolean isAdmitted) implements ApplyStep {
    @Override
    public Told told() {
      return new Told(
          '~', "client", tenant, clientId, List.of(isAdmitted ? "enabled" : "disabled"));
    }
  }

  /** A client is refused from another time on. */
  record ExpireClient(String tenant, String clientId, Expiry expiry) implements ApplyStep {
    @Override
    public Told told() {
      return new Told('~', "client", tenant, clientId, List.of("expires_at " + expiry));
    }
  }

  /** A client goes, and its tokens with it. */
  record RemoveClient(ClientRegistration client) implements ApplyStep {
    @Override
    public Told told() {
      return new Told('-', "client", client.tenant(), client.clientId(), List.of());
    }
  }

  private static List<String> differences(JsonObject before, JsonObject after) {
    Set<String> names = new TreeSet<>(before.names());
    names.addAll(after.names());
    names.remove("client_id");
    List<String> details = new ArrayList<>();
    for (String name : names) {
      if (!Objects.equals(before.get(name), after.get(name))) {
        String old = before.has(name) ? ApplyYaml.json(before, name) + " -> " : "";
        details.add(
            name.equals("jwks")
                ? (before.has("jwks") ? "jwks changed" : "jwks")
                : name
                    + " "
                    + old
                    + (after.has(name) ? ApplyYaml.json(after, name) : "as by default"));
      }
    }
    return details;
  }
}
