using '../main.bicep'

param environmentName = 'snapshot'
param location = 'westeurope'
param sftp = true
param sftpAddresses = ['192.0.2.0/24']
param hrGroupId = '00000000-0000-4000-8000-000000000ea1'
param settings = {
  EXPORTS_CONTAINER: 'hr-uploads'
  EMAIL_METHODS: 'true'
}
