package dev.counterfoil.directory.database;

import com.zaxxer.hikari.HikariDataSource;
import org.jdbi.v3.core.Jdbi;

/**
 * Tables that are open, with their schema up to date.
 *
 * @param jdbi for statements and transactions. A transaction may be carried out more than once
 *     before it is: it changes nothing but the tables.
 */
public record OpenTables(HikariDataSource pool, Jdbi jdbi) implements AutoCloseable {
  @Override
  public void close() {
    pool.close();
  }
}
