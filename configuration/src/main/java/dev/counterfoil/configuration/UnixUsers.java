package dev.counterfoil.configuration;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Unix users that may connect to a socket. Their names are looked up once, when the process starts;
 * from then on only numbers are compared. The user database changes under a process that runs: a
 * package adds a user, {@code chsh} replaces the file, and a bound process may not read the new
 * one.
 *
 * <p>Java's principals of the default file system are equal exactly when their numbers are,
 * whatever their names say, and the kernel gives a peer's number (SO_PEERCRED).
 */
public final class UnixUsers {
  private static final Path DATABASE = Path.of("/etc/passwd");
  private static final Path STATUS = Path.of("/proc/self/status");

  /** As configured; of two names for one user the first. */
  private final Map<UserPrincipal, String> names;

  private UnixUsers(Map<UserPrincipal, String> names) {
    this.names = names;
  }

  /** A name that the user database does not have. */
  public static final class UnknownUserException extends IOException {
    private static final long serialVersionUID = 1L;

    private UnknownUserException(String name) {
      super("there is no Unix user " + name + " on this machine");
    }
  }

  /**
   * Looks users up.
   *
   * @param users names, or numbers
   * @throws UnknownUserException when one of them is nobody's
   * @throws IOException when the user database cannot be read now
   */
  public static UnixUsers of(Collection<String> users) throws IOException {
    UserPrincipalLookupService lookup = FileSystems.getDefault().getUserPrincipalLookupService();
    Map<UserPrincipal, String> names = new LinkedHashMap<>();
    for (String user : users) {
      try {
        names.putIfAbsent(lookup.lookupPrincipalByName(user), user);
      } catch (UserPrincipalNotFoundException e) {
        if (!Files.isReadable(DATABASE)) {
          throw new IOException(
              DATABASE + " cannot be read, so that user " + user + " cannot be looked up", e);
        }
        throw new UnknownUserException(user);
      }
    }
    return new UnixUsers(names);
  }

  /** Those that are named; where none is, the one that this process runs as. */
  public static UnixUsers orSelf(List<String> users) throws IOException {
    return users.isEmpty() ? self() : of(users);
  }

  /** The user that this process runs as. */
  public static UnixUsers self() throws IOException {
    String number =
        Files.readString(STATUS, StandardCharsets.UTF_8)
            .lines()
            .filter(line -> line.startsWith("Uid:"))
            // proc(5): real, effective, saved and file system UID.
            .map(line -> line.split("\\s+", -1)[2])
            .findFirst()
            .orElseThrow(() -> new IOException(STATUS + " has no Uid"));
    UserPrincipal self =
        FileSystems.getDefault()
            .getUserPrincipalLookupService()
            // The lookup takes a number as a signed one.
            .lookupPrincipalByName(Integer.toString(Integer.parseUnsignedInt(number)));
    String name = System.getProperty("user.name");
    // Java's name for a user that the database does not have.
    return new UnixUsers(Map.of(self, name.equals("?") ? number : name));
  }

  /** The user who may do anything on this machine as it is. */
  public static UnixUsers root() throws IOException {
    UserPrincipal root =
        FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName("0");
    return new UnixUsers(Map.of(root, "root"));
  }

  /** These and others. */
  public UnixUsers and(UnixUsers others) {
    Map<UserPrincipal, String> all = new LinkedHashMap<>(names);
    others.names.forEach(all::putIfAbsent);
    return new UnixUsers(all);
  }

  /** The configured name of one of these users; empty for anybody else. */
  public Optional<String> nameOf(UserPrincipal user) {
    return Optional.ofNullable(names.get(user));
  }

  /** Whether one of them has this configured name. */
  public boolean isNamed(String name) {
    return names.containsValue(name);
  }

  /** Whether somebody is among both. */
  public boolean hasAnyOf(UnixUsers others) {
    return names.keySet().stream().anyMatch(others.names::containsKey);
  }

  /** How many they are, however often each is named. */
  public int count() {
    return names.size();
  }

  /** Their names, for messages. */
  @Override
  public String toString() {
    return String.join(", ", names.values());
  }
}
