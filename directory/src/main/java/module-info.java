/** The people of a trust domain, what they prove themselves with, and what they agreed to. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.directory {
  requires transitive org.jspecify;
  requires com.zaxxer.hikari;
  requires dev.counterfoil.format;
  requires flyway.core;
  requires java.sql;
  requires org.jdbi.v3.core;
  requires org.xerial.sqlitejdbc;

  exports dev.counterfoil.directory;

  // Flyway reads the migrations as resources.
  opens dev.counterfoil.directory;
}
