package dev.counterfoil.cli.keycloak;

import dev.counterfoil.authority.clients.ClientStanding;
import dev.counterfoil.cli.apply.PresentState;
import dev.counterfoil.cli.apply.PresentState.PresentClient;
import dev.counterfoil.cli.apply.PresentState.PresentGroup;
import dev.counterfoil.directory.PeopleGroup;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.signin.passwords.PasswordHash;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A realm export of Keycloak, as one tenant. Pure.
 *
 * @param name of the realm
 * @param tenant the tenant's name here
 * @param state people, groups and clients, as {@link dev.counterfoil.cli.apply.ApplyYaml} writes
 *     them
 * @param passwords the hashes of people's passwords, by username
 * @param notes what was not taken, or is different here, each a sentence
 */
public record KeycloakRealm(
    String name,
    String tenant,
    PresentState state,
    SortedMap<String, PasswordHash> passwords,
    List<String> notes) {
  /** Longest export, in bytes. */
  public static final int BYTES_MAX = 256 * 1024 * 1024;

  private static final int VALUES_MAX = 50_000_000;

  public KeycloakRealm {
    notes = List.copyOf(notes);
  }

  /**
   * Reads one.
   *
   * @param export of {@code kc.sh export --users same_file}
   * @param tenant the tenant's name here; empty for the realm's
   */
  public static KeycloakRealm read(byte[] export, Optional<String> tenant) throws FormatException {
    JsonObject realm = StrictJson.object(export, BYTES_MAX, VALUES_MAX);
    String name = realm.string("realm");
    Reading reading = new Reading(tenant.orElse(name));
    try {
      var _ = new PeopleGroup(reading.tenant, "any", Instant.EPOCH, 1);
    } catch (IllegalArgumentException e) {
      throw new FormatException(e.getMessage() + ": name it with --tenant", e);
    }
    reading.groups(realm);
    reading.people(realm);
    reading.clients(realm);
    reading.others(realm);
    return new KeycloakRealm(
        name,
        reading.tenant,
        new PresentState(
            true, reading.people, sorted(reading.tenant, reading.groups), reading.clients),
        reading.passwords,
        reading.notes.all());
  }

  private static SortedMap<String, SortedMap<String, PresentGroup>> sorted(
      String tenant, SortedMap<String, PresentGroup> groups) {
    SortedMap<String, SortedMap<String, PresentGroup>> all = new TreeMap<>();
    all.put(tenant, groups);
    return all;
  }

  private static final class Reading {
    private final String tenant;
    private final SortedMap<String, Person> people = new TreeMap<>();
    private final SortedMap<String, PresentGroup> groups = new TreeMap<>();
    private final SortedMap<String, PresentClient> clients = new TreeMap<>();
    private final SortedMap<String, PasswordHash> passwords = new TreeMap<>();
    private final KeycloakNotes notes = new KeycloakNotes();

    Reading(String tenant) {
      this.tenant = tenant;
    }

    void groups(JsonObject realm) throws FormatException {
      for (JsonObject group : list(realm, "groups")) {
        group(group, "");
      }
    }

    private void group(JsonObject group, String above) throws FormatException {
      String name = above + group.string("name");
      if (PeopleGroup.isName(name)) {
        groups.put(
            name,
            new PresentGroup(new PeopleGroup(tenant, name, Instant.EPOCH, 1), new TreeSet<>()));
      } else {
        notes.add("groups whose names are too long or have a character that is not allowed", name);
      }
      if (!names(group, "realmRoles").isEmpty() || !isEmpty(group, "clientRoles")) {
        notes.add("roles of groups: there are no roles here, so ask for groups instead", name);
      }
      if (!isEmpty(group, "attributes")) {
        notes.add("attributes of groups", name);
      }
      for (JsonObject inner : list(group, "subGroups")) {
        group(inner, name + "/");
      }
    }

    void people(JsonObject realm) throws FormatException {
      Set<String> usual = new HashSet<>(Set.of("offline_access", "uma_authorization"));
      usual.add("default-roles-" + realm.string("realm").toLowerCase(Locale.ROOT));
      for (JsonObject user : list(realm, "users")) {
        if (!user.has("serviceAccountClientId")) {
          person(user, usual);
        }
      }
    }

    private void person(JsonObject user, Set<String> usual) throws FormatException {
      String username = user.string("username").toLowerCase(Locale.ROOT);
      String called =
          (user.optionalString("firstName").orElse("")
                  + " "
                  + user.optionalString("lastName").orElse(""))
              .strip();
      boolean isVerified = user.has("emailVerified") && user.truth("emailVerified");
      boolean isDisabled = user.has("enabled") && !user.truth("enabled");
      Optional<Person> person =
          person(username, called, user.optionalString("email"), isVerified, isDisabled);
      if (person.isEmpty()) {
        notes.add(
            "people whose usernames are not 1 to 64 of a-z 0-9 . _ @ + and -: give them one that is,"
                + " and add them",
            username);
        return;
      }
      people.put(username, person.get());
      for (String path : names(user, "groups")) {
        PresentGroup group = groups.get(path.startsWith("/") ? path.substring(1) : path);
        if (group != null) {
          group.members().add(username);
        }
      }
      for (JsonObject credential : list(user, "credentials")) {
        if (credential.string("type").equals("password")) {
          password(username, credential);
        } else {
          notes.add(
              "one-time codes and passkeys: a passkey belongs to Keycloak's address. The people"
                  + " set them up again",
              username);
        }
      }
      boolean hasRoles =
          !usual.containsAll(names(user, "realmRoles")) || !isEmpty(user, "clientRoles");
      if (hasRoles) {
        notes.add("roles of people: there are no roles here, so put them into groups", username);
      }
      if (!isEmpty(user, "attributes")) {
        notes.add("attributes of people", username);
      }
      if (!list(user, "federatedIdentities").isEmpty()) {
        notes.add("links to accounts of other identity providers", username);
      }
    }

    private void password(String username, JsonObject credential) throws FormatException {
      try {
        passwords.put(username, KeycloakPasswords.hash(credential));
      } catch (IllegalArgumentException e) {
        notes.add("passwords, since " + e.getMessage() + ". Invite the people", username);
      }
    }

    private Optional<Person> person(
        String username,
        String name,
        Optional<String> email,
        boolean isVerified,
        boolean isDisabled) {
      try {
        return Optional.of(
            new Person(
                "nobody",
                tenant,
                username,
                name.isEmpty() ? username : name,
                email,
                isVerified && email.isPresent(),
                isDisabled,
                Instant.EPOCH,
                1));
      } catch (IllegalArgumentException e) {
        if (email.isEmpty() && name.isEmpty()) {
          return Optional.empty();
        }
        if (Person.isUsername(username)) {
          notes.add("names or e-mail addresses that are none here", username);
        }
        return person(username, "", Optional.empty(), false, isDisabled);
      }
    }

    void clients(JsonObject realm) throws FormatException {
      KeycloakClients reader = new KeycloakClients(tenant, realm, notes);
      for (JsonObject client : list(realm, "clients")) {
        boolean isDisabled = client.has("enabled") && !client.truth("enabled");
        reader
            .registration(client)
            .ifPresent(
                registration ->
                    clients.put(
                        registration.clientId(),
                        new PresentClient(
                            registration, new ClientStanding(isDisabled, Optional.empty()))));
      }
    }

    void others(JsonObject realm) throws FormatException {
      for (JsonObject provider : list(realm, "identityProviders")) {
        notes.add("identity providers that people come from", provider.string("alias"));
      }
      Optional<JsonObject> components = realm.optionalObject("components");
      if (components.isPresent()) {
        for (JsonObject one : list(components.get(), "org.keycloak.storage.UserStorageProvider")) {
          notes.add("user federation, such as LDAP", one.string("name"));
        }
      }
      Optional<JsonObject> roles = realm.optionalObject("roles");
      if (roles.isPresent()) {
        Set<String> own = Set.of("offline_access", "uma_authorization");
        for (JsonObject role : list(roles.get(), "realm")) {
          String name = role.string("name");
          if (!own.contains(name) && !name.startsWith("default-roles-")) {
            notes.add("realm roles: there are no roles here, so put people into groups", name);
          }
        }
      }
      if (!people.isEmpty()) {
        notes.say(
            "People get a new sub, which stays for good. Applications that know them by Keycloak's"
                + " sub have to know them by another claim once, such as the username.");
      }
    }
  }

  static List<JsonObject> list(JsonObject json, String name) throws FormatException {
    return json.has(name) ? json.objects(name) : List.of();
  }

  static List<String> names(JsonObject json, String name) throws FormatException {
    return json.has(name) ? json.strings(name) : List.of();
  }

  private static boolean isEmpty(JsonObject json, String name) throws FormatException {
    return json.optionalObject(name).map(of -> of.names().isEmpty()).orElse(true);
  }
}
