module example.com/atlas-backup-emulator/test/clients/go-sdk

go 1.25.0

require go.mongodb.org/atlas-sdk/v20250312026 v20250312026.0.0
