/** The people of a trust domain, what they prove themselves with, and what they agreed to. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.directory {
  requires transitive org.jspecify;
  requires transitive com.zaxxer.hikari;
  requires dev.counterfoil.format;
  requires flyway.core;
  requires java.sql;
  requires transitive org.jdbi.v3.core;
  requires org.postgresql.jdbc;
  requires org.xerial.sqlitejdbc;

  exports dev.counterfoil.directory;
  exports dev.counterfoil.directory.database;

  // Flyway reads the migrations as resources.
  opens dev.counterfoil.directory;
}
