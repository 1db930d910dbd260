package dev.counterfoil.cli.apply;

import dev.counterfoil.authority.clients.AuthenticationMethod;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.cli.apply.PresentState.PresentClient;
import dev.counterfoil.cli.apply.PresentState.PresentGroup;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signin.passwords.PasswordHash;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes what {@link ApplyFile} reads. No secret is in it but passwords' hashes that are handed in:
 * the authority gives none away.
 */
public final class ApplyYaml {
  /** What YAML takes for a text without quotes, whatever its version. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9_./@-]*");

  /**
   * What YAML does not take as it stands (YAML 1.2, 5.1), or older readers take for a line's end.
   */
  private static final Pattern UNPRINTABLE =
      Pattern.compile("[\\x7f-\\x9f\\u2028\\u2029\\ufeff\\ufffe\\uffff]");

  private static final Set<String> WORDS =
      Set.of("true", "false", "null", "yes", "no", "on", "off", "y", "n");

  private final StringBuilder out = new StringBuilder(4_096);

  private final SortedMap<String, PasswordHash> passwords;

  private ApplyYaml(SortedMap<String, PasswordHash> passwords) {
    this.passwords = passwords;
  }

  /**
   * The file of what there is.
   *
   * @param tenants which; empty for all
   */
  public static String of(PresentState present, Optional<SortedSet<String>> tenants) {
    return of(present, tenants, Collections.emptySortedMap());
  }

  /**
   * The same, with passwords.
   *
   * @param passwords by username
   */
  public static String of(
      PresentState present,
      Optional<SortedSet<String>> tenants,
      SortedMap<String, PasswordHash> passwords) {
    ApplyYaml yaml = new ApplyYaml(passwords);
    yaml.out.append("tenants:");
    SortedSet<String> named = tenants.orElseGet(present::tenants);
    if (named.isEmpty()) {
      yaml.out.append(" []");
    }
    yaml.out.append('\n');
    for (String tenant : named) {
      yaml.tenant(present, tenant);
    }
    return yaml.out.toString();
  }

  private void tenant(PresentState present, String tenant) {
    out.append("  - name: ").append(text(tenant)).append('\n');
    if (present.signsIn()) {
      List<Person> people =
          present.people().values().stream()
              .filter(person -> person.tenant().equals(tenant))
              .toList();
      part("people", people.isEmpty());
      people.forEach(this::person);
      List<PresentGroup> groups =
          List.copyOf(present.groups().getOrDefault(tenant, Collections.emptySortedMap()).values());
      part("groups", groups.isEmpty());
      groups.forEach(this::group);
    }
    List<PresentClient> clients =
        present.clients().values().stream()
            .filter(client -> client.registration().tenant().equals(tenant))
            .toList();
    part("clients", clients.isEmpty());
    clients.forEach(this::client);
  }

  private void part(String name, boolean isEmpty) {
    out.append("    ").append(name).append(isEmpty ? ": []\n" : ":\n");
  }

  private void person(Person person) {
    first("username", text(person.username()));
    if (!person.name().equals(person.username())) {
      member("name", text(person.name()));
    }
    person.email().ifPresent(email -> member("email", text(email)));
    if (person.emailVerified()) {
      member("email_verified", "true");
    }
    if (person.disabled()) {
      member("disabled", "true");
    }
    @Nullable PasswordHash password = passwords.get(person.username());
    if (password != null) {
      member("password_hash", text(password.text()));
    }
  }

  private void group(PresentGroup group) {
    first("name", text(group.group().name()));
    member("members", texts(group.members()));
  }

  private void client(PresentClient client) {
    JsonObject json = client(client.registration());
    first("client_id", text(client.registration().clientId()));
    for (String name : json.names()) {
      if (!name.equals("client_id")) {
        member(name, json(json, name));
      }
    }
    if (client.standing().disabled()) {
      member("disabled", "true");
    }
    client.standing().expiresAt().ifPresent(end -> member("expires_at", text(end.toString())));
  }

  private void first(String name, String value) {
    out.append("      - ").append(name).append(": ").append(value).append('\n');
  }

  private void member(String name, String value) {
    out.append("        ").append(name).append(": ").append(value).append('\n');
  }

  /** A registration without its tenant, and without what is as by default. */
  static JsonObject client(ClientRegistration registration) {
    JsonObject json = registration.toJson().without("tenant");
    for (String name : List.of("client_name", "subject")) {
      if (registration.clientId().equals(json.get(name))) {
        json = json.without(name);
      }
    }
    for (String name : List.of("dpop_bound_access_tokens", "may_introspect")) {
      if (Objects.equals(json.get(name), false)) {
        json = json.without(name);
      }
    }
    for (String name : List.of("audiences", "scopes")) {
      if (List.of().equals(json.get(name))) {
        json = json.without(name);
      }
    }
    boolean isUsual =
        registration.method() == AuthenticationMethod.CLIENT_SECRET_BASIC
            || registration.method() == AuthenticationMethod.PRIVATE_KEY_JWT;
    return isUsual ? json.without("token_endpoint_auth_method") : json;
  }

  /** A member as JSON, which is YAML, too. */
  static String json(JsonObject json, String name) {
    if (json.get(name) instanceof String text) {
      return text(text);
    }
    String member =
        JsonObject.builder().build().with(name, Objects.requireNonNull(json.get(name))).toString();
    return member.substring(name.length() + 4, member.length() - 1);
  }

  private static String texts(SortedSet<String> texts) {
    return texts.stream().map(ApplyYaml::text).collect(Collectors.joining(", ", "[", "]"));
  }

  /** A text, in the quotes of JSON where YAML could take it for something else. */
  static String text(String text) {
    if (PLAIN.matcher(text).matches() && !WORDS.contains(text.toLowerCase(Locale.ROOT))) {
      return text;
    }
    StringBuilder quoted = new StringBuilder(text.length() + 2);
    JsonObject.quote(quoted, text);
    return UNPRINTABLE
        .matcher(quoted)
        .replaceAll(found -> "\\\\u%04x".formatted((int) found.group().charAt(0)));
  }
}
