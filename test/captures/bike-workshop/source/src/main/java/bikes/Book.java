package bikes;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** The repairs of one system, in its own table. */
final class Book {
  private final Connection connection;
  private final String table;

  Book(String url, String table) throws SQLException {
    connection = DriverManager.getConnection(url);
    this.table = table;
    try (PreparedStatement create =
        connection.prepareStatement("CREATE TABLE IF NOT EXISTS " + table + " (id text PRIMARY KEY, status text NOT NULL)")) {
      create.execute();
    }
  }

  synchronized void write(String id, String status) throws SQLException {
    String sql = "INSERT INTO " + table + " (id, status) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status";
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      insert.setString(1, id);
      insert.setString(2, status);
      insert.executeUpdate();
    }
  }

  synchronized String read(String id) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement("SELECT status FROM " + table + " WHERE id = ?")) {
      select.setString(1, id);
      try (ResultSet rows = select.executeQuery()) {
        return rows.next() ? rows.getString(1) : null;
      }
    }
  }
}
