using '../main.bicep'

param environmentName = 'snapshot'
param location = 'westeurope'
param sftp = true
param settings = {
  EXPORTS_CONTAINER: 'hr-uploads'
  EMAIL_METHODS: 'true'
}
