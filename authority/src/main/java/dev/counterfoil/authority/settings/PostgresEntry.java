package dev.counterfoil.authority.settings;

import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.directory.database.PostgresAddress;
import dev.counterfoil.directory.database.TablePlace;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** The PostgreSQL in which people and clients are kept. */
public record PostgresEntry(
    @Meaning(
            "Its address, as `postgresql://USER@HOST:PORT/DATABASE`. `?sslmode=`, `sslrootcert`,"
                + " `sslcert` and `sslkey` are libpq's; without the first, another host than this"
                + " one must prove its name.")
        URI address,
    @Meaning("A file with the user's password. Without: the server asks for none.")
        Optional<Path> password) {
  public PostgresEntry {
    var _ = PostgresAddress.of(address);
  }

  /** The tables there. */
  public TablePlace place() {
    return new TablePlace.Server(
        PostgresAddress.of(address),
        () -> password.isEmpty() ? "" : SecretFile.at(password.get()).readText());
  }
}
